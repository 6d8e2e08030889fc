import { quoteIdentifier } from '../../sql/index.js';
import type { Relation } from '../catalog/catalog.js';
import type { Actor, Party, Scene } from '../scene/scene.js';
import type { Outcome, Statement } from '../scene/session.js';
import type { SeededRow } from '../seeding/seed-rows.js';

/** `col = $1 AND …` with its values, for exactly one seeded row. */
export interface RowFilter {
  readonly condition: string;
  readonly values: readonly (string | null)[];
}

/**
 * The condition that picks a seeded row out of all others, by a key or by all that stands in it.
 *
 * @param first the number of the first parameter
 */
export function rowFilter(relation: Relation, row: SeededRow, first = 1): RowFilter {
  const given = (name: string): boolean => row.get(name) !== null && row.get(name) !== undefined;
  const keys = relation.uniqueKeys.filter(
    ({ primary, partial, columns }) => primary || (!partial && columns.every(given)),
  );
  const names = (keys.find(({ primary }) => primary) ?? keys[0])?.columns.filter(given);
  if (!names || names.length === 0) return rowAsText(relation, row, first);
  return {
    condition: names.map((name, at) => `${quoteIdentifier(name)} = $${first + at}`).join(' AND '),
    values: names.map((name) => row.get(name) ?? null),
  };
}

/** Without a key a row is what stands in it; not every type has an equality, but all have a text. */
function rowAsText(relation: Relation, row: SeededRow, first: number): RowFilter {
  const names = relation.columns.map(({ name }) => name).filter((name) => row.get(name) != null);
  const equal = names.map((name, at) => `${quoteIdentifier(name)}::text = $${first + at}`);
  return {
    condition: equal.length > 0 ? equal.join(' AND ') : 'false',
    values: names.map((name) => row.get(name) ?? null),
  };
}

/** Statement with a filter behind it. */
export function where(text: string, { condition, values }: RowFilter): Statement {
  return { text: `${text} WHERE ${condition}`, values };
}

/** The columns that the role may read, as a list for SELECT; `*` where it may read none. */
export function readable(relation: Relation): string {
  const names = relation.columns.filter(({ select }) => select).map(({ name }) => name);
  return names.length > 0 ? names.map(quoteIdentifier).join(', ') : '*';
}

/** A column to set to itself: one that the role may update if there is one, and that no key holds. */
export function touchable(relation: Relation): string | undefined {
  const keys = new Set(relation.uniqueKeys.flatMap(({ columns }) => columns));
  const free = relation.columns.filter((one) => !one.generated && !one.identity);
  const best =
    free.find(({ name, update }) => update && !keys.has(name)) ??
    free.find(({ update }) => update) ??
    free.find(({ name }) => !keys.has(name)) ??
    free[0];
  return best?.name;
}

/** A change that changes nothing: `UPDATE t SET c = c`. */
export function touch(relation: Relation): string {
  const column = quoteIdentifier(touchable(relation) ?? 'ctid');
  return `UPDATE ${relation.sql} SET ${column} = ${column}`;
}

/** Everybody that the attacker can pose as without knowing anything. */
export function guises(scene: Scene, attacker: Party): Actor[] {
  // Nobody first: on the one connection of a scene in place, nobody was bound until then.
  return scene.untouched
    ? ['nobody', attacker, 'nobody-after-somebody']
    : ['nobody-after-somebody', attacker];
}

/** For a report: why an attempt came to nothing. */
export function refusal(outcome: Outcome): string {
  if (outcome.ok) return 'nothing found';
  if (outcome.code === '42501') {
    return outcome.message.includes('row-level security') ? 'refused by policy' : 'no right';
  }
  return `refused (${outcome.code})`;
}

/** Why a party has no row in a relation. */
export function noRow(scene: Scene, party: Party, relation: Relation): string {
  const problem = party.problems.get(relation.id);
  if (problem !== undefined) return `no row could be seeded: ${problem}`;
  return scene.tenancy.tables.has(relation.id)
    ? 'no row was seeded'
    : 'nothing says to which tenant its rows belong';
}
