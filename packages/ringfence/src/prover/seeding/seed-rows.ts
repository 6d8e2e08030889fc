import { randomBytes, randomUUID } from 'node:crypto';
import { quoteIdentifier } from '../../sql/index.js';
import type { Catalog, Column, ForeignKey, Relation } from '../catalog/catalog.js';
import { isTable, type Tenancy } from '../catalog/find-tenancy.js';
import type { Session } from '../scene/session.js';
import { satisfyChecks, type Values } from './satisfy-checks.js';

/** A row as the database gave it back: column → value in text form. */
export type SeededRow = ReadonlyMap<string, string | null>;

/** The rows of one tenant. */
export interface SeededTenant {
  readonly tenant: string;
  /** Table id → its row. */
  readonly rows: ReadonlyMap<string, SeededRow>;
  /** Table id → a second row, of what a row must have and no more. */
  readonly sparse: ReadonlyMap<string, SeededRow>;
  /** Table id → why there is none. */
  readonly problems: ReadonlyMap<string, string>;
  /** Values for one more row of a table, or why there can be none. */
  freshValues(table: Relation): Promise<Values | string>;
}

/** A row that has to be there first, and is not. */
class Unseedable extends Error {}

/**
 * Seeds one row per tenant table, by reading constraints only: parents first, values that the checks,
 * domains and partitions accept, cycles by NULL or by deferred constraints. Runs inside the caller's
 * transaction, and keeps going past a table that it cannot fill.
 *
 * @param existing is the tenant there already? Then its row in the registry is used, not made.
 */
export async function seedRows(
  admin: Session,
  catalog: Catalog,
  tenancy: Tenancy,
  tenant: string,
  existing = false,
): Promise<SeededTenant> {
  const seeder = new Seeder(admin, catalog, tenancy, tenant, existing);
  for (const relation of catalog.relations) {
    if (!tenancy.tables.has(relation.id) || relation.partition) continue;
    await seeder.ensure(relation.id).catch(unseedable);
  }
  for (const relation of catalog.relations) {
    const registry = tenancy.registries.has(relation.id);
    if (seeder.rows.has(relation.id) && !relation.partition && !registry) {
      await seeder.addSparse(relation);
    }
  }
  // Rows find their partitions by themselves.
  for (const relation of catalog.relations) {
    if (relation.partition && isTable(relation)) await seeder.lookUp(relation);
  }
  return seeder;
}

/** For rows that are there already: makes values for more of them, and seeds nothing. */
export function seederOver(
  session: Session,
  catalog: Catalog,
  tenancy: Tenancy,
  tenant: string,
  known: Pick<SeededTenant, 'rows' | 'problems'>,
): SeededTenant {
  const seeder = new Seeder(session, catalog, tenancy, tenant, true);
  for (const [id, row] of known.rows) seeder.rows.set(id, row);
  for (const [id, problem] of known.problems) seeder.problems.set(id, problem);
  return seeder;
}

function unseedable(error: unknown): undefined {
  if (!(error instanceof Unseedable)) throw error;
}

class Seeder implements SeededTenant {
  readonly rows = new Map<string, SeededRow>();
  readonly sparse = new Map<string, SeededRow>();
  readonly problems = new Map<string, string>();
  /** Rows on their way: what a cycle may refer to. */
  readonly #planned = new Map<string, Values>();
  readonly #relations: ReadonlyMap<string, Relation>;

  constructor(
    readonly admin: Session,
    catalog: Catalog,
    readonly tenancy: Tenancy,
    readonly tenant: string,
    readonly existing: boolean,
  ) {
    this.#relations = new Map(catalog.relations.map((relation) => [relation.id, relation]));
  }

  async ensure(id: string): Promise<SeededRow> {
    const done = this.rows.get(id);
    if (done) return done;
    const problem = this.problems.get(id);
    if (problem !== undefined) throw new Unseedable(problem);
    const table = this.#relations.get(id);
    if (!table || !isTable(table)) throw new Unseedable('it refers to something that is no table');
    try {
      const row = (await this.#found(table)) ?? (await this.#insert(table));
      this.rows.set(id, row);
      return row;
    } catch (error) {
      if (error instanceof Unseedable) this.problems.set(id, error.message);
      throw error;
    }
  }

  /** What a policy lets through may hang on a column that is empty, or as it is by default. */
  async addSparse(table: Relation): Promise<void> {
    const dense = this.rows.get(table.id);
    if (!this.tenancy.tables.has(table.id) || !dense) return;
    const row = await this.#insert(table, [false]).catch(unseedable);
    if (row) this.sparse.set(table.id, row);
  }

  async lookUp(partition: Relation): Promise<void> {
    const column = this.tenancy.columns.get(partition.id);
    if (column === undefined) return;
    const { fields, rows } = await this.admin.run({
      text: `SELECT * FROM ${partition.sql} WHERE ${quoteIdentifier(column)} = $1 LIMIT 1`,
      values: [this.tenant],
    });
    const [row] = rows;
    if (!row) this.problems.set(partition.id, 'the seeded row fell into another partition');
    else this.rows.set(partition.id, new Map(fields.map((name, at) => [name, row[at] ?? null])));
  }

  async freshValues(table: Relation): Promise<Values | string> {
    try {
      return await this.#values(table, true, async (key) => {
        const shared = key.columns.every((name) => name === this.tenancy.columns.get(table.id));
        // A parent of its own: a key over parents alone may already be taken by the seeded row.
        if (!shared && onlyParents(table, this.tenancy)) {
          return this.#insert(this.#relation(key.target));
        }
        return this.ensure(key.target);
      });
    } catch (error) {
      if (error instanceof Unseedable) return error.message;
      throw error;
    } finally {
      this.#planned.delete(table.id);
    }
  }

  /** A row of a global table, or the registry's row of a tenant that is there already. */
  async #found(table: Relation): Promise<SeededRow | undefined> {
    const registry = this.existing && this.tenancy.registries.has(table.id);
    if (this.tenancy.tables.has(table.id) && !registry) return undefined;
    const key = this.tenancy.columns.get(table.id);
    const where = registry && key ? ` WHERE ${quoteIdentifier(key)} = $1` : '';
    const answer = await this.admin.run({
      text: `SELECT * FROM ${table.sql}${where} LIMIT 1`,
      values: where ? [this.tenant] : [],
    });
    const [row] = answer.rows;
    return row && new Map(answer.fields.map((name, at) => [name, row[at] ?? null]));
  }

  async #insert(table: Relation, ways = [true, false]): Promise<SeededRow> {
    const reasons: string[] = [];
    for (const everything of ways) {
      await this.admin.run({ text: 'SAVEPOINT seed' });
      const before = new Set(this.rows.keys());
      try {
        const values = await this.#values(table, everything, (key) => this.ensure(key.target));
        const names = [...values.keys()];
        const answer = await this.admin.run({
          text: insertText(table, names),
          values: [...values.values()],
        });
        const [row] = answer.rows;
        if (!row) throw new Unseedable('a trigger or rule swallowed the row');
        await this.admin.run({ text: 'RELEASE SAVEPOINT seed' });
        return new Map(answer.fields.map((name, at) => [name, row[at] ?? null]));
      } catch (error) {
        await this.admin.run({ text: 'ROLLBACK TO SAVEPOINT seed' });
        // Parents that were made on the way are gone with it.
        for (const id of this.rows.keys()) if (!before.has(id)) this.rows.delete(id);
        reasons.push((error as Error).message);
      } finally {
        this.#planned.delete(table.id);
      }
    }
    throw new Unseedable(`${table.sql} takes no row: ${reasons.at(-1)}`);
  }

  async #values(
    table: Relation,
    everything: boolean,
    parent: (key: ForeignKey) => Promise<SeededRow>,
  ): Promise<Values> {
    const fixed: Values = new Map();
    const tenantColumn = this.tenancy.columns.get(table.id);
    if (tenantColumn !== undefined) fixed.set(tenantColumn, this.tenant);
    this.#plan(table);
    for (const key of table.foreignKeys) await this.#refer(table, key, fixed, everything, parent);
    const marker = `rf${randomBytes(5).toString('hex')}`;
    const wanted = table.columns.filter(
      (column) =>
        !column.generated && !fixed.has(column.name) && (everything || required(column, table)),
    );
    const chosen = await satisfyChecks(this.admin, table, wanted, fixed, marker);
    const planned = this.#planned.get(table.id);
    for (const name of planned?.keys() ?? []) {
      if (chosen.has(name)) chosen.set(name, planned?.get(name) ?? null);
    }
    return new Map([...fixed, ...chosen]);
  }

  /** Keys are decided before anything else, so that a cycle can refer to a row on its way. */
  #plan(table: Relation): void {
    const values: Values = new Map();
    for (const column of table.columns) {
      if (column.baseType === 'uuid' && isKey(table, column.name)) {
        values.set(column.name, randomUUID());
      }
    }
    this.#planned.set(table.id, values);
  }

  async #refer(
    table: Relation,
    key: ForeignKey,
    fixed: Values,
    everything: boolean,
    parent: (key: ForeignKey) => Promise<SeededRow>,
  ): Promise<void> {
    const open = key.columns.filter((name) => !fixed.has(name));
    if (open.length === 0 && !this.tenancy.registries.has(key.target)) return;
    const optional = open.some((name) => !column(table, name)?.notNull);
    const give = (row: SeededRow | Values): void => {
      for (const [at, name] of key.columns.entries()) {
        if (!fixed.has(name)) fixed.set(name, row.get(key.targetColumns[at] ?? '') ?? null);
      }
    };
    const onItsWay = this.#planned.get(key.target);
    if (onItsWay) {
      if (optional) for (const name of open) fixed.set(name, null);
      else if (key.deferrable || key.target === table.id) give(onItsWay);
      else throw new Unseedable(`${key.name} closes a cycle that cannot be deferred`);
      return;
    }
    try {
      give(await parent(key));
    } catch (error) {
      if (!(error instanceof Unseedable) || !optional) throw error;
      if (everything) for (const name of open) fixed.set(name, null);
    }
  }

  #relation(id: string): Relation {
    const relation = this.#relations.get(id);
    if (!relation) throw new Unseedable('it refers to something that is no table');
    return relation;
  }
}

/** An INSERT of these columns, `$1` and so on. */
export function insertText(
  table: Relation,
  names: readonly string[],
  tail = 'RETURNING *',
): string {
  if (names.length === 0) return `INSERT INTO ${table.sql} DEFAULT VALUES ${tail}`;
  const places = names.map((_, at) => `$${at + 1}`);
  const overriding = table.columns.some(({ identity }) => identity)
    ? ' OVERRIDING SYSTEM VALUE'
    : '';
  return `INSERT INTO ${table.sql} (${names.map(quoteIdentifier).join(', ')})${overriding} VALUES (${places.join(', ')}) ${tail}`;
}

/** Numbers are given, too, that a sequence would give: it would not take them back. */
function required({ name, notNull, hasDefault, draws }: Column, table: Relation): boolean {
  return (notNull && !hasDefault) || draws || isKey(table, name);
}

function isKey(table: Relation, name: string): boolean {
  return table.uniqueKeys.some(({ primary, columns }) => primary && columns.includes(name));
}

function column(table: Relation, name: string): Column | undefined {
  return table.columns.find((one) => one.name === name);
}

/** Is there a unique key that consists of the tenant and parents alone? */
function onlyParents(table: Relation, tenancy: Tenancy): boolean {
  const parents = new Set(table.foreignKeys.flatMap(({ columns }) => columns));
  const own = tenancy.columns.get(table.id);
  return table.uniqueKeys.some(({ columns }) =>
    columns.every((name) => name === own || parents.has(name)),
  );
}
