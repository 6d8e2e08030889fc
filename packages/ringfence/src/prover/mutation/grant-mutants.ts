import { quoteIdentifier } from '../../sql/index.js';
import type { Relation } from '../catalog/catalog.js';
import type { Mutant, Mutate } from './mutant.js';

/** Gives the application role rights that it must not have. */
export const grantMutants: Mutate = (ground) => [
  ...ground.tables.flatMap((table) => onTable(table, ground.columns.get(table.id))),
  ...ground.owners.map((owner) => ({
    kind: 'member-of-owner',
    object: 'tenant context',
    sql: [`GRANT ${quoteIdentifier(owner)} TO {app}`],
  })),
  ...[
    ['bypassrls', 'ALTER ROLE {app} BYPASSRLS'],
    ['superuser', 'ALTER ROLE {app} SUPERUSER'],
    ['createrole', 'ALTER ROLE {app} CREATEROLE'],
    ['reads-server-files', 'GRANT pg_read_server_files TO {app}'],
    ['create-in-schema', 'GRANT CREATE ON SCHEMA public TO {app}'],
  ].map(([kind = '', sql = '']) => ({ kind, object: 'tenant context', sql: [sql] })),
];

function onTable({ sql }: Relation, column: string | undefined): Mutant[] {
  const grant = (kind: string, right: string, to = '{app}'): Mutant => ({
    kind,
    object: sql,
    sql: [`GRANT ${right} ON ${sql} TO ${to}`],
  });
  return [
    grant('grant-truncate', 'TRUNCATE'),
    grant('grant-trigger', 'TRIGGER'),
    grant('grant-references', 'REFERENCES'),
    grant('grant-to-everybody', 'SELECT', 'PUBLIC'),
    ...(column === undefined
      ? []
      : [grant('grant-tenant-column', `UPDATE (${quoteIdentifier(column)})`)]),
    { kind: 'owned-by-application', object: sql, sql: [`ALTER TABLE ${sql} OWNER TO {app}`] },
  ];
}
