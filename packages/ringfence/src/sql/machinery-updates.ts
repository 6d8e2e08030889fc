import { announceChangesSql, changeFeedSql } from './change-feed.js';
import type { ContextTrust } from './context-keys.js';
import { migrationLedgerSql } from './migration-ledger.js';
import { personsSql } from './persons.js';
import { rateLimitCountersSql } from './rate-limit-counters.js';
import { registrationSql } from './registration.js';
import { type RoleNames, roleNames } from './role-names.js';
import { tenantDomainsSql } from './tenant-domains.js';
import { timeLimitSql } from './time-limit.js';

/** What a later version added to the machinery: one migration of its own. */
export interface MachineryUpdate {
  readonly name: string;
  readonly sql: string;
}

/**
 * What was added to `machinerySql()` since its first version, the oldest first. A migration that was
 * applied is never edited, so each update is one more: a new database takes all of them after the
 * first migration, an old one takes those that it does not have.
 *
 * - `directory`: domains that tenants prove to be theirs, and the change feed of all nodes.
 * - `persons`: what links accounts of several tenants.
 * - `registration`: how the application makes a tenant, and how a tenant reads its own name.
 * - `limits`: how long a statement of a tenant may take, and counters of requests.
 * - `migrations`: the ledger of controlled migrations.
 *
 * @param roles the group roles; migration files are written with the default names.
 * @param trust as the database's `machinerySql` was written.
 * @example
 * for (const { name, sql } of machineryUpdates()) {
 *   await writeFile(`prisma/migrations/0002_ringfence_${name}/migration.sql`, sql);
 * }
 */
export function machineryUpdates(
  roles: RoleNames = roleNames(),
  trust: ContextTrust = 'proven',
): readonly MachineryUpdate[] {
  return [
    { name: 'directory', sql: `${directoryUpdate(roles, trust)}\n` },
    { name: 'persons', sql: `${personsSql(roles)}\n` },
    { name: 'registration', sql: `${registrationSql(roles)}\n` },
    { name: 'limits', sql: `${timeLimitSql(roles, trust)}\n\n${rateLimitCountersSql(roles)}\n` },
    { name: 'migrations', sql: `${migrationLedgerSql(roles, trust)}\n` },
  ];
}

function directoryUpdate(roles: RoleNames, trust: ContextTrust): string {
  const schema = 'ringfence';
  return [
    changeFeedSql(),
    tenantDomainsSql(roles, trust),
    announceChangesSql({ schema, name: 'tenants', columns: ['slug', 'host', 'state'] }),
    announceChangesSql({ schema, name: 'tenant_domains', columns: ['domain', 'tenant'] }),
  ].join('\n\n');
}
