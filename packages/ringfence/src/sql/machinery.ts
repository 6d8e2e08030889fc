import { binderSql } from './binder.js';
import { directorySql } from './directory.js';
import { quoteIdentifier } from './identifier.js';
import { type RoleNames, roleNames } from './role-names.js';

/**
 * Schema `ringfence` with everything in it: the first migration of every database.
 *
 * @param roles the group roles; migration files are written with the default names.
 * @example
 * await writeFile('prisma/migrations/0001_ringfence/migration.sql', machinerySql());
 */
export function machinerySql(roles: RoleNames = roleNames()): string {
  const readers = [roles.app, roles.operator, roles.auditor].map(quoteIdentifier).join(', ');
  return `CREATE SCHEMA IF NOT EXISTS ringfence;
GRANT USAGE ON SCHEMA ringfence TO ${readers};

${binderSql(roles)}

${directorySql(roles)}
`;
}
