import { quoteIdentifier } from '../../sql/index.js';
import type { Column, ForeignKey, Relation, UniqueKey } from '../catalog/catalog.js';
import type { Mutant, Mutate, MutationGround } from './mutant.js';

/** Leaves the tenant out of foreign keys and unique keys. */
export const keyMutants: Mutate = (ground) =>
  ground.tables.flatMap((table) => [
    ...table.foreignKeys.flatMap((key) => withoutTenant(ground, table, key)),
    ...table.uniqueKeys.flatMap((key) => uniqueWithoutTenant(ground, table, key)),
    ...idAlone(ground, table),
  ]);

function withoutTenant(
  { relations, columns }: MutationGround,
  table: Relation,
  key: ForeignKey,
): Mutant[] {
  const target = relations.get(key.target);
  const pairs = key.columns
    .map((name, at) => ({ name, to: key.targetColumns[at] ?? '' }))
    .filter(({ name }) => name !== columns.get(table.id));
  if (!target || pairs.length === 0 || pairs.length === key.columns.length) return [];
  const list = (names: readonly string[]): string => names.map(quoteIdentifier).join(', ');
  const from = list(pairs.map(({ name }) => name));
  const to = list(pairs.map((pair) => pair.to));
  return ['NO ACTION', 'CASCADE'].map((action) => ({
    kind: action === 'CASCADE' ? 'cascade-without-tenant' : 'foreign-key-without-tenant',
    object: table.sql,
    sql: [
      `ALTER TABLE ${target.sql} ADD UNIQUE (${to})`,
      `ALTER TABLE ${table.sql} DROP CONSTRAINT ${quoteIdentifier(key.name)}`,
      `ALTER TABLE ${table.sql} ADD FOREIGN KEY (${from}) REFERENCES ${target.sql} (${to}) ON DELETE ${action}`,
    ],
  }));
}

function uniqueWithoutTenant(
  { columns }: MutationGround,
  table: Relation,
  key: UniqueKey,
): Mutant[] {
  const rest = key.columns.filter((name) => name !== columns.get(table.id));
  if (rest.length === 0 || rest.length === key.columns.length || !holdsIn(table, rest)) return [];
  // Where the application gives none of these values it can ask nothing by them.
  const gives = ({ name, insert, update }: Column): boolean =>
    rest.includes(name) && (insert || update);
  if (!table.columns.some(gives)) return [];
  const names = rest.map(quoteIdentifier).join(', ');
  return [
    {
      kind: 'unique-without-tenant',
      object: table.sql,
      sql: [`CREATE UNIQUE INDEX ON ${table.sql} (${names})`],
    },
  ];
}

/** Across partitions only a key that holds their columns can be unique. */
function holdsIn({ partitionColumns }: Relation, columns: readonly string[]): boolean {
  return partitionColumns.every((name) => columns.includes(name));
}

function idAlone({ columns }: MutationGround, table: Relation): Mutant[] {
  const text = table.columns.find(
    ({ name, category }) => category === 'S' && name !== columns.get(table.id),
  );
  if (!text || !holdsIn(table, [])) return [];
  return [
    {
      kind: 'unique-expression-without-tenant',
      object: table.sql,
      sql: [`CREATE UNIQUE INDEX ON ${table.sql} (lower(${quoteIdentifier(text.name)}::text))`],
    },
  ];
}
