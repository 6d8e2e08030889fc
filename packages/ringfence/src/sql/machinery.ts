import { binderSql } from './binder.js';
import type { ContextTrust } from './context-keys.js';
import { directorySql } from './directory.js';
import { quoteIdentifier } from './identifier.js';
import { type RoleNames, roleNames } from './role-names.js';

/**
 * Schema `ringfence` with its first version of everything: the first migration of every database, and
 * as it is for good. What came later is in `machineryUpdates()`.
 *
 * @param roles the group roles; migration files are written with the default names.
 * @param trust whether the tenant context has to be proven; see {@link ContextTrust}.
 * @example
 * await writeFile('prisma/migrations/0001_ringfence/migration.sql', machinerySql());
 */
export function machinerySql(
  roles: RoleNames = roleNames(),
  trust: ContextTrust = 'proven',
): string {
  const readers = [roles.app, roles.operator, roles.auditor].map(quoteIdentifier).join(', ');
  return `CREATE SCHEMA IF NOT EXISTS ringfence;
GRANT USAGE ON SCHEMA ringfence TO ${readers};

${binderSql(roles, trust)}

${directorySql(roles)}
`;
}
