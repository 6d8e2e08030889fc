import type { TableFacts } from './catalog-facts.js';
import type { Change, ColumnChange, ConstraintChange, TableRef } from './change.js';
import { calledFunctions, namedColumns } from './read-column.js';
import { shown } from './read-names.js';
import type { Statement } from './read-statements.js';

/** A policy of a new table, and whether it holds rows to the bound tenant. */
export interface WorldPolicy {
  readonly permissive: boolean;
  readonly bound: boolean;
}

/** A table as it stands at this point of the migration. */
export interface WorldTable {
  readonly ref: TableRef;
  /** The statement that made it; `undefined` for one that stands already. */
  readonly madeBy?: Statement;
  readonly facts?: TableFacts;
  readonly columns: Map<string, ColumnChange>;
  readonly constraints: { readonly change: ConstraintChange; readonly statement: Statement }[];
  readonly indexes: {
    readonly columns: readonly (string | undefined)[];
    readonly unique: boolean;
  }[];
  readonly policies: WorldPolicy[];
  /** `enable`, `force` and their opposites, in the order in which they come. */
  readonly rowSecurity: Set<'enabled' | 'forced'>;
  readonly partitionOf?: TableRef;
  readonly derived: boolean;
  /** Constraints that are validated, or were by an earlier statement. */
  readonly validated: Set<string>;
}

/** Everything that the rules know: what stands in the database, and what the migration did so far. */
export class World {
  readonly #tables = new Map<string, WorldTable>();
  readonly #facts: ReadonlyMap<string, TableFacts>;
  /** Is there a database to ask? Without one, what is not new is taken for large. */
  readonly asked: boolean;
  readonly statements: readonly Statement[];

  constructor(statements: readonly Statement[], facts: readonly TableFacts[] | undefined) {
    this.statements = statements;
    this.asked = facts !== undefined;
    this.#facts = new Map((facts ?? []).map((each) => [shown(each), each]));
  }

  table(ref: TableRef): WorldTable {
    const known = this.#tables.get(shown(ref));
    if (known) return known;
    const facts = this.#facts.get(shown(ref));
    const table = emptyTable(ref, facts ? { facts } : {});
    for (const { name, validated } of facts?.constraints ?? [])
      if (validated) table.validated.add(name);
    this.#tables.set(shown(ref), table);
    return table;
  }

  /** Tables that this migration makes. */
  newTables(): WorldTable[] {
    return [...this.#tables.values()].filter(({ madeBy }) => madeBy !== undefined);
  }

  /** Takes over what a statement does. */
  follow(change: Change, statement: Statement): void {
    if (change.kind === 'create table') {
      const { table, partitionOf, derived, temporary } = change;
      if (temporary || this.#facts.has(shown(table))) return;
      const made = emptyTable(table, {
        madeBy: statement,
        derived,
        ...(partitionOf ? { partitionOf } : {}),
      });
      this.#tables.set(shown(table), made);
      for (const column of change.columns) made.columns.set(column.name, column);
      for (const constraint of change.constraints)
        made.constraints.push({ change: constraint, statement });
      return;
    }
    if (!('table' in change) || !change.table) return;
    const table = this.table(change.table);
    if (change.kind === 'add column') table.columns.set(change.column.name, change.column);
    if (change.kind === 'add constraint') {
      table.constraints.push({ change: change.constraint, statement });
      if (!change.constraint.unchecked && change.constraint.name) {
        table.validated.add(change.constraint.name);
      }
    }
    if (change.kind === 'validate') table.validated.add(change.constraint);
    if (change.kind === 'create index') table.indexes.push(change);
    if (change.kind === 'policy' && change.action === 'create') {
      table.policies.push({ permissive: change.permissive, bound: isBound(change) });
    }
    if (change.kind === 'row security') {
      const word = change.what.endsWith('force') ? 'forced' : 'enabled';
      if (change.what === 'enable' || change.what === 'force') table.rowSecurity.add(word);
      else table.rowSecurity.delete(word);
    }
  }
}

function emptyTable(ref: TableRef, more: Partial<WorldTable>): WorldTable {
  return {
    ref,
    columns: new Map(),
    constraints: [],
    indexes: [],
    policies: [],
    rowSecurity: new Set(),
    derived: false,
    validated: new Set(),
    ...more,
  };
}

/** FOR ALL TO PUBLIC, with `tenant_id = ringfence.current_tenant_id()` for reading and for writing. */
export function isBound(change: Extract<Change, { kind: 'policy' }>): boolean {
  const rule = (node: unknown): boolean =>
    namedColumns(node).includes('tenant_id') &&
    calledFunctions(node).includes('ringfence.current_tenant_id') &&
    !hasOr(node);
  return change.all && change.toPublic && rule(change.using) && rule(change.check ?? change.using);
}

/** `… OR true` opens whatever stands beside it. */
function hasOr(node: unknown): boolean {
  if (typeof node !== 'object' || node === null) return false;
  if (Array.isArray(node)) return node.some(hasOr);
  if ('boolop' in node && node.boolop !== 'AND_EXPR') return true;
  return Object.values(node).some(hasOr);
}

/** Does it belong to tenants? `undefined` when neither the migration nor a database says so. */
export function isTenantTable({
  columns,
  facts,
  madeBy,
  derived,
}: WorldTable): boolean | undefined {
  if (columns.has('tenant_id')) return true;
  if (facts) return facts.columns.some(({ name }) => name === 'tenant_id');
  return madeBy && !derived ? false : undefined;
}

/** How much there is to read: `about 2,000,000 rows, 412 MB`. */
export function sizeOf({ facts }: WorldTable): string {
  if (!facts) return 'of unknown size';
  const megabytes = Math.max(1, Math.round(facts.bytes / 1_048_576));
  return `about ${Math.round(facts.rows).toLocaleString('en-US')} rows, ${megabytes.toLocaleString('en-US')} MB`;
}

/** Does this migration make it? Nobody waits for a table that nobody knows. */
export function isNew({ madeBy }: WorldTable): boolean {
  return madeBy !== undefined;
}

/** Do these columns hold a tenant? */
export function holdsTenant(columns: readonly ColumnChange[]): boolean {
  return columns.some(({ name }) => name === 'tenant_id');
}

/** Does the primary key make tenant_id NOT NULL? */
export function inPrimaryKey(world: World, ref: TableRef): boolean {
  return world
    .table(ref)
    .constraints.some(
      ({ change }) => change.kind === 'primary' && change.columns.includes('tenant_id'),
    );
}
