import { quoteIdentifier } from '../../sql/index.js';
import type { Catalog, Relation } from '../catalog/catalog.js';
import { isTable, type Tenancy } from '../catalog/find-tenancy.js';
import type { Session } from '../scene/session.js';
import type { TenantBinder } from '../scene/tenant-binder.js';
import { type SeededRow, type SeededTenant, seederOver } from './seed-rows.js';

/**
 * One row of each table that a tenant has already, read as the tenant itself, for a database in which
 * nothing may be seeded. Runs inside the caller's transaction, in which the tenant is bound.
 */
export async function existingRows(
  session: Session,
  catalog: Catalog,
  tenancy: Tenancy,
  binder: TenantBinder,
  tenant: string,
): Promise<SeededTenant> {
  const rows = new Map<string, SeededRow>();
  const problems = new Map<string, string>();
  await session.run(binder.bind(tenant));
  const tables = catalog.relations.filter((one) => tenancy.tables.has(one.id) && isTable(one));
  // Those with a tenant column first: the others are found by what they refer to.
  const ordered = [...tables].sort((a, b) => rank(a, tenancy) - rank(b, tenancy));
  for (let again = true; again; ) {
    again = false;
    for (const table of ordered) {
      if (rows.has(table.id)) continue;
      const found = await oneRow(session, table, ownership(table, tenancy, tenant, rows));
      if (typeof found === 'string') problems.set(table.id, found);
      else {
        rows.set(table.id, found);
        problems.delete(table.id);
        again = true;
      }
    }
  }
  return seederOver(session, catalog, tenancy, tenant, { rows, problems });
}

function rank({ id }: Relation, { columns }: Tenancy): number {
  return columns.has(id) ? 0 : 1;
}

/** What makes a row the tenant's: its column, or a parent that is. */
function ownership(
  table: Relation,
  tenancy: Tenancy,
  tenant: string,
  rows: ReadonlyMap<string, SeededRow>,
): ReadonlyMap<string, string | null> | undefined {
  const column = tenancy.columns.get(table.id);
  if (column !== undefined) return new Map([[column, tenant]]);
  for (const key of table.foreignKeys) {
    const parent = tenancy.tables.has(key.target) ? rows.get(key.target) : undefined;
    if (!parent || key.target === table.id) continue;
    return new Map(
      key.columns.map((name, at) => [name, parent.get(key.targetColumns[at] ?? '') ?? null]),
    );
  }
  return undefined;
}

async function oneRow(
  session: Session,
  table: Relation,
  owner: ReadonlyMap<string, string | null> | undefined,
): Promise<SeededRow | string> {
  if (!owner) return 'nothing says whose its rows are';
  const names = table.columns.filter(({ select }) => select).map(({ name }) => name);
  if (names.length === 0 || !table.reachable) return 'the application may not read it';
  const condition = [...owner.keys()].map((name, at) => `${quoteIdentifier(name)} = $${at + 1}`);
  await session.run({ text: 'SAVEPOINT looking' });
  try {
    const answer = await session.run({
      text: `SELECT ${names.map(quoteIdentifier).join(', ')} FROM ${table.sql} WHERE ${condition.join(' AND ')} LIMIT 1`,
      values: [...owner.values()],
    });
    const [row] = answer.rows;
    if (!row) return 'the tenant has no row in it, and nothing may be seeded';
    return new Map(answer.fields.map((name, at) => [name, row[at] ?? null]));
  } catch (error) {
    return (error as Error).message;
  } finally {
    await session.run({ text: 'ROLLBACK TO SAVEPOINT looking' });
  }
}
