import { RingfenceError } from '../errors/index.js';
import { quoteIdentifier, quoteQualified } from './identifier.js';
import { type RoleNames, roleNames } from './role-names.js';
import { tenantPolicySql } from './tenant-policy.js';

/** What happens to a child when its parent goes. */
export type OnDelete = 'no action' | 'restrict' | 'cascade' | 'set null';

/** A column of a tenant table, besides `tenant_id` and `id`, which every one has. */
export interface TenantColumn {
  readonly name: string;
  /** The SQL type and modifiers, for example `text NOT NULL DEFAULT ''`. */
  readonly type: string;
  /** Points at another tenant table: becomes a composite foreign key with its own index. */
  readonly references?: { readonly table: string; readonly onDelete?: OnDelete };
  /** May the application change it after insert? Default: yes. */
  readonly updatable?: boolean;
}

/** The description of a table under tenancy. */
export interface TenantTable {
  readonly name: string;
  /** Default `public`. */
  readonly schema?: string;
  readonly columns: readonly TenantColumn[];
  /** Unique keys and indexes; `tenant_id` is put in front of each. */
  readonly unique?: readonly (readonly string[])[];
  readonly indexes?: readonly (readonly string[])[];
  /** CHECK constraints: name → expression. */
  readonly checks?: Readonly<Record<string, string>>;
  /** What the application may do. Default: everything but TRUNCATE. */
  readonly grants?: readonly ('select' | 'insert' | 'update' | 'delete')[];
}

const ALL_GRANTS = ['select', 'insert', 'update', 'delete'] as const;

/**
 * Writes everything that makes a table a tenant table: `tenant_id` with its default from the
 * context, primary key `(tenant_id, id)`, composite foreign keys, unique keys and indexes led by
 * `tenant_id`, forced row-level security with the canonical policies, and grants by column that
 * leave `tenant_id` and `id` unchangeable.
 *
 * @throws RingfenceError `IDENTIFIER_INVALID` for an impossible name or a reserved column.
 * @see PostgreSQL manual, 5.4.5 "Foreign Keys", 5.7 "Privileges"
 * @example
 * tenantTableSql({ name: 'notes', columns: [{ name: 'title', type: 'text NOT NULL' }] });
 */
export function tenantTableSql(table: TenantTable, roles: RoleNames = roleNames()): string {
  refuseBuiltIn(table.columns);
  const qualified = quoteQualified(table.schema ?? 'public', table.name);
  return [
    createTable(table, qualified),
    ...indexStatements(table, qualified),
    tenantPolicySql(qualified),
    grantStatements(table, qualified, quoteIdentifier(roles.app)),
  ].join('\n');
}

/**
 * Writes what adds columns to a tenant table that stands already: composite foreign keys with their
 * indexes, and the right to update each column that may change.
 *
 * @param columns all of them nullable or with a constant default, or old rows would refuse them.
 * @throws RingfenceError `IDENTIFIER_INVALID` for an impossible name or a reserved column.
 * @example
 * tenantColumnsSql({ name: 'notes' }, [{ name: 'pinned_at', type: 'timestamptz' }]);
 */
export function tenantColumnsSql(
  table: Pick<TenantTable, 'name' | 'schema'>,
  columns: readonly TenantColumn[],
  roles: RoleNames = roleNames(),
): string {
  refuseBuiltIn(columns);
  const qualified = quoteQualified(table.schema ?? 'public', table.name);
  const added = { ...table, columns };
  const lines = columns.flatMap((column) => [
    `ADD COLUMN ${quoteIdentifier(column.name)} ${column.type}`,
    ...foreignKey(added, column).map((constraint) => `ADD ${constraint}`),
  ]);
  const updatable = updatableColumns(columns);
  return [
    `ALTER TABLE ${qualified}\n  ${lines.join(',\n  ')};`,
    ...indexStatements(added, qualified),
    ...(updatable.length > 0
      ? [`GRANT UPDATE (${updatable.join(', ')}) ON ${qualified} TO ${quoteIdentifier(roles.app)};`]
      : []),
  ].join('\n');
}

/** `tenant_id` and `id` come with every table. */
export function refuseBuiltIn(columns: readonly TenantColumn[]): void {
  for (const { name } of columns) {
    if (name === 'tenant_id' || name === 'id') {
      throw new RingfenceError('IDENTIFIER_INVALID', { detail: `Column ${name} is built in.` });
    }
  }
}

/** Quoted: what the application may change after insert. */
export function updatableColumns(columns: readonly TenantColumn[]): string[] {
  return columns
    .filter((column) => column.updatable !== false)
    .map((column) => quoteIdentifier(column.name));
}

function createTable(table: TenantTable, qualified: string): string {
  const name = (suffix: string): string => quoteIdentifier(`${table.name}_${suffix}`);
  const lines = [
    '"tenant_id" uuid NOT NULL DEFAULT ringfence.current_tenant_id()',
    '"id" uuid NOT NULL DEFAULT gen_random_uuid()',
    ...table.columns.map((column) => `${quoteIdentifier(column.name)} ${column.type}`),
    `CONSTRAINT ${name('pkey')} PRIMARY KEY ("tenant_id", "id")`,
    ...(table.unique ?? []).map(
      (key) => `CONSTRAINT ${name(`${key.join('_')}_key`)} UNIQUE (${tenantFirst(key)})`,
    ),
    ...Object.entries(table.checks ?? {}).map(
      ([check, expression]) => `CONSTRAINT ${name(check)} CHECK (${expression})`,
    ),
    ...table.columns.flatMap((column) => foreignKey(table, column)),
  ];
  return `CREATE TABLE ${qualified} (\n  ${lines.join(',\n  ')}\n);`;
}

function foreignKey(table: TenantTable, column: TenantColumn): string[] {
  if (!column.references) return [];
  const own = quoteIdentifier(column.name);
  const parent = quoteQualified(table.schema ?? 'public', column.references.table);
  const onDelete = column.references.onDelete ?? 'no action';
  // The bare SET NULL form would null tenant_id too; PostgreSQL 15 lets the column be named.
  const action = onDelete === 'set null' ? `SET NULL (${own})` : onDelete.toUpperCase();
  return [
    `CONSTRAINT ${quoteIdentifier(`${table.name}_${column.name}_fkey`)} FOREIGN KEY ("tenant_id", ${own})
    REFERENCES ${parent} ("tenant_id", "id") ON DELETE ${action}`,
  ];
}

function indexStatements(table: TenantTable, qualified: string): string[] {
  // A foreign key needs an index of its own, or deleting a parent reads the whole child table.
  const keys = [
    ...table.columns.filter((column) => column.references).map((column) => [column.name]),
    ...(table.indexes ?? []),
  ];
  const covered = (key: readonly string[]): boolean =>
    [...(table.unique ?? []), ...(table.indexes ?? [])].some(
      (other) => other !== key && key.every((column, at) => other[at] === column),
    );
  return keys
    .filter((key) => !covered(key))
    .map(
      (key) =>
        `CREATE INDEX ${quoteIdentifier(`${table.name}_${key.join('_')}_idx`)} ON ${qualified} (${tenantFirst(key)});`,
    );
}

function grantStatements(table: TenantTable, qualified: string, app: string): string {
  const granted = table.grants ?? ALL_GRANTS;
  const whole = ALL_GRANTS.filter((right) => right !== 'update' && granted.includes(right));
  const updatable = updatableColumns(table.columns);
  const lines = [`REVOKE ALL ON ${qualified} FROM PUBLIC;`];
  if (whole.length > 0) {
    lines.push(`GRANT ${whole.join(', ').toUpperCase()} ON ${qualified} TO ${app};`);
  }
  if (granted.includes('update') && updatable.length > 0) {
    // By column: tenant_id and id stay out, so that no row can move to another tenant.
    lines.push(`GRANT UPDATE (${updatable.join(', ')}) ON ${qualified} TO ${app};`);
  }
  return lines.join('\n');
}

function tenantFirst(columns: readonly string[]): string {
  return ['tenant_id', ...columns].map(quoteIdentifier).join(', ');
}
