/** One station on the way of a request: its name, the file it stands in, what it does. */
export interface Station {
  readonly station: string;
  /** From the root of the repository. */
  readonly file: string;
  readonly what: string;
}

const NEST = 'packages/ringfence/src/nest';
const LIBRARY = 'packages/ringfence/src';
const SERVER = 'apps/server/src';

/**
 * The way of one request, in order. docs/request-path.md holds the same table, and a test holds the
 * two, the files and the running application together. `problem filter` is entered from any station;
 * `record request` ends every request.
 */
export const REQUEST_PATH: readonly Station[] = [
  {
    station: 'open context',
    file: `${NEST}/open-context.ts`,
    what: 'gives the request an id and an empty tenant frame, and enters it again when the body is read',
  },
  {
    station: 'authenticate',
    file: `${NEST}/authenticate.guard.ts`,
    what: 'verifies the access token; a `@Public` route passes without one and never has a tenant',
  },
  {
    station: 'resolve tenant',
    file: `${NEST}/resolve-tenant.guard.ts`,
    what: 'the token decides, every other source may only agree; asks the directory of tenants',
  },
  {
    station: 'check membership',
    file: `${NEST}/check-membership.guard.ts`,
    what: 'asks what the actor is and may do now; a removed one stops here; fills the frame',
  },
  {
    station: 'limit rate',
    file: `${NEST}/limit-rate.guard.ts`,
    what: 'counts the request for its tenant, actor and class of route',
  },
  {
    station: 'require permission',
    file: `${NEST}/require-permission.guard.ts`,
    what: 'compares what the actor may do with the permission that the route names',
  },
  {
    station: 'validate request',
    file: `${NEST}/validate-request.pipe.ts`,
    what: 'checks body and parameters against the schemas of the route',
  },
  {
    station: 'controller',
    file: `${SERVER}/documents/documents.controller.ts`,
    what: 'names route, permission and schemas, and calls one verb',
  },
  {
    station: 'feature verb',
    file: `${SERVER}/documents/create-document.ts`,
    what: 'does the one thing, as a plain function over the tenant-scoped client',
  },
  {
    station: 'tenant-scoped client',
    file: `${LIBRARY}/prisma/tenant-prisma.ts`,
    what: 'keeps every Prisma operation in the tenant that made it, and marks what comes back',
  },
  {
    station: 'bind + query',
    file: `${LIBRARY}/postgres/tenant-session.ts`,
    what: 'binds the tenant for one transaction and runs the statement in it',
  },
  {
    station: 'policy',
    file: `${LIBRARY}/sql/tenant-policy.ts`,
    what: 'PostgreSQL lets through only rows of the bound tenant',
  },
  {
    station: 'row',
    file: `${LIBRARY}/context/row-tenant.ts`,
    what: 'the entity carries the tenant of its row from here on, shown or not',
  },
  {
    station: 'egress check',
    file: `${NEST}/egress-check.interceptor.ts`,
    what: 'refuses an answer that holds a row of another tenant',
  },
  {
    station: 'response',
    file: `${NEST}/check-egress.ts`,
    what: 'a last look at answers that came past the interceptor; then Fastify writes JSON',
  },
  {
    station: 'problem filter',
    file: `${NEST}/problem.filter.ts`,
    what: 'on failure: whatever was thrown becomes a problem document of the catalogue',
  },
  {
    station: 'record request',
    file: `${NEST}/record-request.ts`,
    what: 'at the end, whatever it was: one log line without a value of anybody',
  },
];
