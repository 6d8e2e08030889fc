/**
 * The one list of everything that can go wrong. `docs/errors.md` is generated from it, and a problem
 * document (RFC 9457) carries the code. A code never changes its meaning.
 *
 * `status` is the HTTP status it becomes; `sentence` is safe to show to anybody: it never holds a
 * value, an identifier of another tenant, or SQL. `remedy` says what to do.
 */
export const CATALOGUE = {
  TENANT_CONTEXT_MISSING: {
    status: 500,
    sentence: 'Tenant-scoped work was started without a tenant context.',
    remedy: 'Run it inside runInTenant(tenantId, fn), or behind the request path.',
  },
  TENANT_CONTEXT_NESTED: {
    status: 500,
    sentence: 'Work for one tenant tried to enter another tenant.',
    remedy: "Finish the first tenant's work, or pass { nested: 'separate' } to runInTenant.",
  },
  TENANT_CONTEXT_FILLED: {
    status: 500,
    sentence: 'The tenant context of this request is already filled.',
    remedy: 'Fill it once, in the guard that resolves the tenant.',
  },
  TENANT_SWITCH_IN_TRANSACTION: {
    status: 500,
    sentence: 'A transaction belongs to one tenant; another tenant was entered inside it.',
    remedy: 'Commit or roll back first, then enter the other tenant.',
  },
  TENANT_CONTEXT_MISMATCH: {
    status: 500,
    sentence: 'Work that was prepared for one tenant was used in the context of another.',
    remedy: 'Build and await queries inside the same runInTenant call.',
  },
  TENANT_CONTEXT_UNPROVEN: {
    status: 500,
    sentence: 'The database did not accept the proof of the tenant context.',
    remedy: 'Check that the database holds the key that the process signs with, and both clocks.',
  },
  TENANT_ID_INVALID: {
    status: 400,
    sentence: 'The tenant id is not a UUID.',
    remedy: 'Pass the canonical text form of the tenant id.',
  },
  TENANT_UNKNOWN: {
    status: 404,
    sentence: 'There is no such tenant.',
    remedy: 'Check the tenant name or host.',
  },
  TENANT_SUSPENDED: {
    status: 403,
    sentence: 'This tenant is suspended.',
    remedy: 'Contact the operator of the service.',
  },
  TENANT_DELETING: {
    status: 410,
    sentence: 'This tenant is being deleted.',
    remedy: 'Contact the operator of the service.',
  },
  TENANT_SOURCES_DISAGREE: {
    status: 403,
    sentence:
      'This request names different tenants: token, host, path, header and body must agree.',
    remedy: 'Send it to the tenant that it is for, and name no other.',
  },
  AUTHENTICATION_REQUIRED: {
    status: 401,
    sentence: 'This request needs an access token.',
    remedy: 'Log in and send the token as Authorization: Bearer.',
  },
  TOKEN_INVALID: {
    status: 401,
    sentence: 'The access token is not valid.',
    remedy: 'Refresh it or log in again.',
  },
  TOKEN_EXPIRED: {
    status: 401,
    sentence: 'The access token has expired.',
    remedy: 'Refresh it or log in again.',
  },
  ACCESS_WITHDRAWN: {
    status: 401,
    sentence: 'This access has been withdrawn.',
    remedy: 'Log in again, or ask an admin or owner of your tenant.',
  },
  CREDENTIALS_INVALID: {
    status: 401,
    sentence: 'The tenant, e-mail address or password is not right.',
    remedy: 'Check all three and try again.',
  },
  LOG_IN_THROTTLED: {
    status: 429,
    sentence: 'Too many attempts have failed.',
    remedy: 'Wait for the time in the Retry-After header.',
  },
  RATE_LIMITER_UNAVAILABLE: {
    status: 503,
    sentence: 'Requests cannot be counted now, and are refused until they can.',
    remedy: 'Try again shortly; operators look at the store of the rate limiter.',
  },
  SECOND_FACTOR_REQUIRED: {
    status: 401,
    sentence: 'The password is right, and a second factor is needed.',
    remedy: 'Log in again with the code of your app, or with a recovery code.',
  },
  SECOND_FACTOR_WRONG: {
    status: 403,
    sentence: 'The code is not right, or was used already.',
    remedy: 'Try the next code of your app, or a recovery code.',
  },
  LINK_SUSPENDED: {
    status: 403,
    sentence:
      'The link to this tenant is suspended: an address, password or second factor has changed.',
    remedy: 'Link the two accounts again, with the credentials of both.',
  },
  PASSWORD_WRONG: {
    status: 403,
    sentence: 'The current password is not right.',
    remedy: 'Check it and try again.',
  },
  REFRESH_TOKEN_INVALID: {
    status: 401,
    sentence: 'The refresh token is not valid.',
    remedy: 'Log in again.',
  },
  MAILED_TOKEN_INVALID: {
    status: 401,
    sentence: 'The link is not valid, or no longer.',
    remedy: 'Ask for a new one.',
  },
  EMAIL_UNVERIFIED: {
    status: 403,
    sentence: 'Your e-mail address is not verified yet.',
    remedy: 'Follow the link in the mail, or ask for another at POST /email-verifications.',
  },
  REGISTRATION_CLOSED: {
    status: 403,
    sentence: 'Tenants are not registered here.',
    remedy: 'Ask the operator of the service.',
  },
  CROSS_SITE_REFUSED: {
    status: 403,
    sentence: 'A page of another site must not use this session.',
    remedy: 'Send the request from a page of the tenant, or send the refresh token in the body.',
  },
  PERMISSION_DENIED: {
    status: 403,
    sentence: 'Your role does not allow this.',
    remedy: 'Ask an admin or owner of your tenant.',
  },
  RATE_LIMITED: {
    status: 429,
    sentence: 'Too many requests.',
    remedy: 'Wait for the time in the Retry-After header.',
  },
  CONCURRENCY_LIMITED: {
    status: 429,
    sentence: 'Too much of this tenant is going on at the same time.',
    remedy: 'Wait for the answers to earlier requests, then try again.',
  },
  QUOTA_EXCEEDED: {
    status: 409,
    sentence: 'The tenant has as much of this as it may have.',
    remedy: 'Delete what is not needed, or ask the operator of the service for more.',
  },
  OVERLOADED: {
    status: 503,
    sentence: 'The service is too busy to do this now.',
    remedy: 'Try again shortly.',
  },
  VALIDATION_FAILED: {
    status: 400,
    sentence: 'The request is not valid.',
    remedy: 'See the errors list for each field.',
  },
  BODY_MALFORMED: {
    status: 400,
    sentence: 'The request body could not be read.',
    remedy: 'Send well-formed JSON of a reasonable depth.',
  },
  BODY_TOO_LARGE: {
    status: 413,
    sentence: 'The request body is larger than this address accepts.',
    remedy: 'Send less at once.',
  },
  ADDRESS_MALFORMED: {
    status: 400,
    sentence: 'The address of the request could not be read.',
    remedy: 'Check its percent-encoding and the length of its parts.',
  },
  ADDRESS_TOO_LONG: {
    status: 414,
    sentence: 'The address of the request is too long.',
    remedy: 'Send a shorter query.',
  },
  REQUEST_MALFORMED: {
    status: 400,
    sentence: 'This is not a request that can be read.',
    remedy: 'Send HTTP/1.1 with one Host header and well-formed headers.',
  },
  REQUEST_TIMEOUT: {
    status: 408,
    sentence: 'The request did not arrive in time.',
    remedy: 'Send it faster, on a new connection.',
  },
  EXPECTATION_FAILED: {
    status: 417,
    sentence: 'The Expect header asks for something that is not offered.',
    remedy: 'Send 100-continue or leave the header out.',
  },
  HEADERS_TOO_LARGE: {
    status: 431,
    sentence: 'The request has too many or too long headers.',
    remedy: 'Send fewer or shorter headers.',
  },
  NOT_FOUND: {
    status: 404,
    sentence: 'There is nothing here.',
    remedy: 'Check the address and the id.',
  },
  METHOD_NOT_ALLOWED: {
    status: 405,
    sentence: 'This address does not support that method.',
    remedy: 'See the Allow header for what it supports.',
  },
  UNSUPPORTED_MEDIA_TYPE: {
    status: 415,
    sentence: 'The request body has an unsupported media type.',
    remedy: 'Send application/json.',
  },
  CONFLICT: {
    status: 409,
    sentence: 'The change conflicts with what is stored.',
    remedy: 'Read the current state and try again.',
  },
  ALREADY_EXISTS: {
    status: 409,
    sentence: 'Something with the same unique value exists already.',
    remedy: 'Choose another value.',
  },
  HAS_CHILDREN: {
    status: 409,
    sentence: 'Other things still depend on this one.',
    remedy: 'Delete what depends on it first.',
  },
  REFERENCE_NOT_FOUND: {
    status: 404,
    sentence: 'Something this refers to does not exist.',
    remedy: 'Check the ids in the body.',
  },
  ROLE_IN_USE: {
    status: 409,
    sentence: 'Somebody still has this role.',
    remedy: 'Give everybody who has it another role first.',
  },
  TOO_MANY_ROLES: {
    status: 409,
    sentence: 'The tenant has as many roles of its own as it may have.',
    remedy: 'Delete a role that nobody needs, or change one.',
  },
  DOMAIN_UNPROVEN: {
    status: 409,
    sentence:
      'DNS does not hold the record that proves this domain, or holds that of somebody else too.',
    remedy: 'Publish the TXT record of its challenge as the only one of its kind, and try again.',
  },
  DNS_UNAVAILABLE: {
    status: 503,
    sentence: 'DNS did not answer.',
    remedy: 'Try again shortly; nothing has changed meanwhile.',
  },
  LAST_OWNER: {
    status: 409,
    sentence: 'A tenant must keep at least one owner.',
    remedy: 'Make somebody else an owner first.',
  },
  PRECONDITION_FAILED: {
    status: 412,
    sentence: 'It was changed by somebody else since you read it.',
    remedy: 'Read it again and repeat the change with the new ETag.',
  },
  EGRESS_VIOLATION: {
    status: 500,
    sentence: 'The response was stopped by the isolation check.',
    remedy: 'Report the request id: this is a defect in the service.',
  },
  ISOLATION_VIOLATION: {
    status: 500,
    sentence: 'The database refused a row that does not belong to the current tenant.',
    remedy: 'Report the request id: this is a defect in the service.',
  },
  TRANSACTION_CLOSED: {
    status: 500,
    sentence: 'A transaction was used after it had ended.',
    remedy: 'Await all work inside the transaction before it returns.',
  },
  TRANSACTION_NOT_COMMITTED: {
    status: 409,
    sentence: 'The transaction was rolled back instead of committed.',
    remedy: 'An earlier statement in it failed; repeat the whole transaction.',
  },
  TRANSACTION_CONTROL_REFUSED: {
    status: 500,
    sentence: 'Transaction control was sent where the tenant pool controls the transaction.',
    remedy: 'Use connect() with BEGIN and COMMIT as statements of their own, or transaction().',
  },
  SERIALIZATION_FAILURE: {
    status: 409,
    sentence: 'The change collided with another one.',
    remedy: 'Repeat the request.',
  },
  SUBMITTABLE_REFUSED: {
    status: 500,
    sentence: 'The tenant pool does not run cursors or query streams.',
    remedy: 'Page with LIMIT and a keyset instead.',
  },
  CONNECTION_RESIDUE: {
    status: 503,
    sentence: 'A pooled connection carried a setting of earlier work and was dropped.',
    remedy: 'Repeat the request; look for raw SQL that sets session settings.',
  },
  RESIDUE_REFUSED: {
    status: 500,
    sentence: 'This SQL may leave something on a connection that a transaction pooler shares.',
    remedy: 'Call only functions that compute, use SET LOCAL, or let the pooler reset connections.',
  },
  POOLER_UNDECLARED: {
    status: 500,
    sentence:
      'There is a connection pooler before the database that the configuration does not name.',
    remedy: 'Set the option pooler of the tenant pool, as docs/connection.md says.',
  },
  POOL_NOT_TENANT_SCOPED: {
    status: 500,
    sentence: 'The Prisma adapter is not driven by the tenant pool.',
    remedy: 'Keep one copy of pg in node_modules and pass the TenantPool itself.',
  },
  PRISMA_VERSION_UNSUPPORTED: {
    status: 500,
    sentence: 'This version of Prisma has not been tested for isolation.',
    remedy: 'Install the version that the documentation names.',
  },
  DATABASE_ROLE_UNSAFE: {
    status: 500,
    sentence: 'The database role of the application is too powerful to be isolated.',
    remedy: 'Connect as a member of the application group role only.',
  },
  DATABASE_UNPROTECTED: {
    status: 500,
    sentence: 'A tenant table is not protected by forced row-level security.',
    remedy: 'Run the migrations, then start again.',
  },
  DATABASE_UNAVAILABLE: {
    status: 503,
    sentence: 'The database is not available.',
    remedy: 'Try again shortly.',
  },
  STATEMENT_TIMEOUT: {
    status: 503,
    sentence: 'The database took longer than this tenant may occupy it.',
    remedy: 'Ask for less at once, then try again.',
  },
  SERVICE_UNAVAILABLE: {
    status: 503,
    sentence: 'The service is not available right now.',
    remedy: 'Try again shortly.',
  },
  HANDLER_TIMEOUT: {
    status: 503,
    sentence: 'The answer took too long and was given up.',
    remedy: 'Look whether the change was made, then try again.',
  },
  SHUTTING_DOWN: {
    status: 503,
    sentence: 'This process is about to stop and should get no more requests.',
    remedy: 'Send them to another one.',
  },
  CONFIGURATION_INVALID: {
    status: 500,
    sentence: 'The configuration is not valid.',
    remedy: 'Correct the named setting.',
  },
  ROUTE_ACCESS_UNDECLARED: {
    status: 500,
    sentence: 'A route does not say who may use it.',
    remedy: 'Put @RequirePermission, @AnyMember or @Public on each of the named routes.',
  },
  CONFIG_FILE_NOT_LOADED: {
    status: 500,
    sentence: 'The configuration file could not be loaded.',
    remedy:
      'Correct it. A TypeScript file needs Node 22.18, or typescript installed; .mjs and .json do not.',
  },
  IDENTIFIER_INVALID: {
    status: 500,
    sentence: 'A database identifier is not valid.',
    remedy: 'Use 1 to 63 bytes without NUL characters.',
  },
  MIGRATION_FAILED: {
    status: 500,
    sentence: 'A migration could not be applied.',
    remedy: 'Read the cause, correct it, and run the migrations again.',
  },
  MIGRATION_FOLDER_INVALID: {
    status: 500,
    sentence: 'A migration folder is not as it should be.',
    remedy: 'Correct the named file; docs/migrations-ddl.md shows the layout.',
  },
  MIGRATION_CONNECTION_POOLED: {
    status: 500,
    sentence: 'Migrations need a connection of their own, and this one goes through a pooler.',
    remedy: 'Give the address of the database server itself.',
  },
  MIGRATION_CONTROL_REFUSED: {
    status: 500,
    sentence: 'A migration file may not begin or end transactions, or change the role.',
    remedy: 'Take the statement out: each file is one transaction of the owner role.',
  },
  MIGRATION_NOT_REPEATABLE: {
    status: 500,
    sentence: 'A file without a transaction must hold one statement that can be run again.',
    remedy: 'Write one of the named statements, or remove the line -- no-transaction.',
  },
  MIGRATION_BLOCKED: {
    status: 503,
    sentence: 'A migration did not get its locks and gave way.',
    remedy: 'Run it again when the named sessions have ended; nothing of the file was kept.',
  },
  MIGRATION_STEP_REFUSED: {
    status: 409,
    sentence: 'The migration cannot go from where it stands to there.',
    remedy: 'Look at its status; docs/migrations.md shows which steps there are.',
  },
  MIGRATION_LEASE_LOST: {
    status: 409,
    sentence: 'Another worker has taken this tenant over.',
    remedy: 'Nothing was changed; let the other one go on.',
  },
  MIGRATION_STOPPED: {
    status: 409,
    sentence: 'The migration is paused, held, halted or rolled back.',
    remedy: 'Look at the reason in its status, then resume it.',
  },
  MIGRATION_UNKNOWN: {
    status: 404,
    sentence: 'There is no such migration, ring, tenant or act.',
    remedy: 'Look at the status of the migrations.',
  },
  CONTRACT_REFUSED: {
    status: 409,
    sentence: 'The old shape is still needed.',
    remedy: 'Switch every tenant, wait for the soak to end and stop the nodes of older versions.',
  },
  MIGRATION_PARSER_MISSING: {
    status: 500,
    sentence: 'Migrations cannot be checked without the parser of PostgreSQL.',
    remedy: 'Install it beside ringfence: npm install --save-exact libpg-query@18.1.5.',
  },
  MIGRATION_UNSAFE: {
    status: 500,
    sentence: 'A migration would block others, or open a way across tenants.',
    remedy: 'Correct it, or allow it by a line above: -- ringfence: allow <rule>: <reason>.',
  },
  MIGRATION_TENANT_FAILED: {
    status: 409,
    sentence: 'The migration could not be carried out for this tenant; it keeps its old shape.',
    remedy: 'Look at the code in its status, correct the cause, and retry it.',
  },
  MIGRATION_UNDER_WAY: {
    status: 503,
    sentence: 'The migration was asked for and is not done yet.',
    remedy: 'Look whether a runner is running (ringfence migrate run), and at its status.',
  },
  NOT_MIGRATED: {
    status: 404,
    sentence: 'This is not available to this tenant yet.',
    remedy: 'Try again when the tenant has been migrated.',
  },
  EMBEDDED_SERVER_FAILED: {
    status: 500,
    sentence: 'The embedded PostgreSQL server could not be started or stopped.',
    remedy: 'Correct the cause, or bring a PostgreSQL 15 or newer of your own.',
  },
  EMBEDDED_SERVER_IN_USE: {
    status: 500,
    sentence: 'Another process uses this folder for its embedded PostgreSQL server.',
    remedy: 'Stop that process first, or choose another folder.',
  },
  PROOF_IMPOSSIBLE: {
    status: 500,
    sentence: 'The isolation of this system could not be put to the proof.',
    remedy: 'Correct the cause; nothing was left behind.',
  },
  EVIDENCE_INVALID: {
    status: 500,
    sentence: 'The evidence is not what was signed.',
    remedy: 'Run the proof again, or compare the file with its source.',
  },
  START_FAILED: {
    status: 500,
    sentence: 'The product could not be started.',
    remedy: 'Correct the cause and start again.',
  },
  INTERNAL: {
    status: 500,
    sentence: 'Something went wrong.',
    remedy: 'Report the request id.',
  },
} as const satisfies Record<string, CatalogueEntry>;

/** One entry of the {@link CATALOGUE}. */
export interface CatalogueEntry {
  readonly status: number;
  readonly sentence: string;
  readonly remedy: string;
}

/** The stable code of an error, for example `TENANT_CONTEXT_MISSING`. */
export type ErrorCode = keyof typeof CATALOGUE;
