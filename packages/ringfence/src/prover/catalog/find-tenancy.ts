import { RingfenceError } from '../../errors/index.js';
import { MACHINERY_SCHEMA } from '../../sql/index.js';
import type { Catalog, ForeignKey, Relation } from './catalog.js';

/** What tells whose row it is. */
export interface Tenancy {
  /** Relation id → the column that holds the tenant; tables without one belong through a parent. */
  readonly columns: ReadonlyMap<string, string>;
  /** Ids of all tables whose rows belong to tenants, by column or through a parent. */
  readonly tables: ReadonlySet<string>;
  /** Ids of tables that list the tenants themselves. */
  readonly registries: ReadonlySet<string>;
  /** The type of the tenant column. */
  readonly type: string;
}

const USUAL_NAMES = [
  'tenant_id',
  'tenantid',
  'tenant',
  'organization_id',
  'organisation_id',
  'org_id',
  'workspace_id',
  'account_id',
  'company_id',
  'team_id',
  'customer_id',
] as const;

/**
 * Finds the tenant tables: those with the tenant column, those it refers to (the registry), and those
 * that cannot stand without a row of one (a NOT NULL foreign key to it).
 *
 * @param named the tenant column, when it is not to be found out
 * @throws RingfenceError `CONFIGURATION_INVALID` when there is no tenant table.
 */
export function findTenancy(catalog: Catalog, named?: string): Tenancy {
  const tables = catalog.relations.filter(
    ({ kind, schema, columns }) =>
      kind !== 'S' &&
      // The machinery keeps rows of tenants too (the audit log); its other tables are nobody's.
      (schema !== MACHINERY_SCHEMA || columns.some((column) => column.name === 'tenant_id')),
  );
  const name = named ?? mostUsual(tables);
  const columns = new Map<string, string>();
  let type = '';
  for (const table of tables) {
    const column = table.columns.find((each) => same(each.name, name));
    if (!column) continue;
    columns.set(table.id, column.name);
    if (isTable(table)) type ||= column.type;
  }
  const registries = new Set<string>();
  for (const table of tables.filter(isTable)) {
    const key = table.foreignKeys.find((each) => isOwn(each, columns.get(table.id)));
    if (!key || columns.has(key.target)) continue;
    registries.add(key.target);
  }
  for (const table of tables.filter(isTable)) {
    const target = table.foreignKeys.find(
      (key) => registries.has(key.target) && isOwn(key, columns.get(table.id)),
    );
    if (target?.targetColumns[0]) columns.set(target.target, target.targetColumns[0]);
  }
  if (type === '') {
    throw new RingfenceError('CONFIGURATION_INVALID', {
      detail: `No table has a tenant column${name ? ` ${name}` : ''}: name it with --tenant-column.`,
    });
  }
  const own = withChildren(tables.filter(isTable), columns, registries);
  return { columns, tables: own, registries, type };
}

function withChildren(
  tables: Relation[],
  columns: ReadonlyMap<string, string>,
  registries: ReadonlySet<string>,
): Set<string> {
  const found = new Set(tables.filter(({ id }) => columns.has(id)).map(({ id }) => id));
  for (let before = -1; before !== found.size; ) {
    before = found.size;
    for (const table of tables) {
      // What may refer to a row of a tenant belongs to it when it does; to be in no tenant at all is
      // usual only for what refers to the list of tenants.
      const belongs = (key: ForeignKey): boolean =>
        found.has(key.target) && (isNotNull(table, key) || !registries.has(key.target));
      if (!found.has(table.id) && table.foreignKeys.some(belongs)) {
        found.add(table.id);
      }
    }
  }
  return found;
}

function mostUsual(tables: readonly Relation[]): string {
  const count = (name: string): number =>
    tables.filter((table) => isTable(table) && table.columns.some((one) => same(one.name, name)))
      .length;
  const [best] = USUAL_NAMES.map((name) => ({ name, n: count(name) })).sort((a, b) => b.n - a.n);
  return best && best.n > 0 ? best.name : '';
}

export function isTable({ kind }: Relation): boolean {
  return kind === 'r' || kind === 'p';
}

function same(one: string, other: string): boolean {
  return one === other || one.replaceAll('_', '').toLowerCase() === other.replaceAll('_', '');
}

function isOwn(key: ForeignKey, column: string | undefined): boolean {
  return key.columns.length === 1 && key.columns[0] === column;
}

function isNotNull(table: Relation, key: ForeignKey): boolean {
  return key.columns.every((name) => table.columns.find((one) => one.name === name)?.notNull);
}
