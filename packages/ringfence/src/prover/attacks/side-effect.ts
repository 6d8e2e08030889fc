import { quoteIdentifier } from '../../sql/index.js';
import { relationAttack } from '../attack.js';
import type { Relation } from '../catalog/catalog.js';
import { type Party, rowOf, type Scene } from '../scene/scene.js';
import { type Statement, shown } from '../scene/session.js';
import { insertText } from '../seeding/seed-rows.js';
import { leaked, notProvable, proven } from '../verdict.js';
import { rowFilter, where } from './row-filter.js';
import { changesVictim } from './victim-digest.js';

const MOST_BORROWED = 12;

/**
 * Writes where a write does more than it says: through views, rules and triggers, with words of one's own
 * and with words of the other tenant. What counts is whether any row of the other tenant is changed.
 */
export const sideEffect = relationAttack(
  'side-effect',
  'rpv',
  async ({ scene, attacker, victim }, relation) => {
    const statements =
      relation.kind === 'v'
        ? throughView(scene, attacker, victim, relation)
        : ownWrites(scene, attacker, victim, relation);
    if (statements.length === 0) return notProvable('no row could be made for it');
    for (const statement of statements) {
      if (await changesVictim(scene, attacker, victim, statement)) {
        return leaked(shown(statement), 'a row of the other tenant was made or changed');
      }
    }
    return proven('no row of the other tenant was made or changed');
  },
  (relation, { tenancy }) =>
    (relation.insert || relation.update || relation.delete) &&
    (relation.kind === 'v' || (relation.rewrites !== '' && tenancy.tables.has(relation.id))),
);

function throughView(
  { catalog, tenancy }: Scene,
  attacker: Party,
  victim: Party,
  view: Relation,
): Statement[] {
  const tenant = tenancy.columns.get(view.id);
  const set = (name: string, value: string): Statement => ({
    text: `UPDATE ${view.sql} SET ${quoteIdentifier(name)} = $1`,
    values: [value],
  });
  const words = view.columns.filter(({ name, category }) => category === 'S' && name !== tenant);
  const bases = catalog.relations.filter(({ id }) => view.uses.includes(id));
  const inserts = bases.flatMap((base) => {
    const fresh = victim.fresh.get(base.id);
    if (typeof fresh !== 'object') return [];
    const names = view.columns.map(({ name }) => name).filter((name) => fresh.has(name));
    const values = names.map((name) => fresh.get(name) ?? null);
    return names.length === 0 ? [] : [{ text: insertText(view, names, ''), values }];
  });
  return [
    ...words.slice(0, 3).map(({ name }) => set(name, 'rfchanged')),
    ...(tenant === undefined ? [] : [set(tenant, attacker.tenant)]),
    { text: `DELETE FROM ${view.sql}` },
    ...inserts,
  ];
}

function ownWrites(scene: Scene, attacker: Party, victim: Party, relation: Relation): Statement[] {
  const fresh = attacker.fresh.get(relation.id);
  const row = rowOf(attacker, relation);
  const found: Statement[] = [];
  const held = new Set([
    ...relation.foreignKeys.flatMap(({ columns }) => columns),
    ...relation.uniqueKeys.flatMap(({ columns, primary }) => (primary ? columns : [])),
  ]);
  const free = relation.columns.filter(({ name, generated }) => !generated && !held.has(name));
  for (const borrowed of [undefined, ...wordsOf(scene, victim, relation)]) {
    const fits = (name: string): boolean =>
      borrowed !== undefined &&
      free.some((one) => one.name === name && /^(text|character|uuid)/.test(one.baseType));
    if (typeof fresh === 'object' && relation.insert) {
      const names = [...fresh.keys()];
      const values = names.map((name) => (fits(name) ? borrowed : fresh.get(name)) ?? null);
      found.push({ text: insertText(relation, names, ''), values });
    }
    const name = free.find((one) => fits(one.name))?.name;
    if (row && name !== undefined && borrowed !== undefined && relation.update) {
      const { condition, values } = rowFilter(relation, row, 2);
      const text = `UPDATE ${relation.sql} SET ${quoteIdentifier(name)} = $1 WHERE ${condition}`;
      found.push({ text, values: [borrowed, ...values] });
    }
  }
  if (row && relation.delete) {
    found.push(where(`DELETE FROM ${relation.sql}`, rowFilter(relation, row)));
  }
  return found;
}

/** What a careless trigger might look rows up by: first what stands in the tables that it names. */
function wordsOf({ catalog }: Scene, victim: Party, { rewrites }: Relation): string[] {
  const named = catalog.relations.filter(({ name }) => rewrites.includes(name));
  const rows = [...named, ...catalog.relations].map(({ id }) => victim.rows.get(id));
  const values = rows.flatMap((row) => [...(row?.values() ?? [])]);
  return [...new Set(values)]
    .filter((value): value is string => value !== null && victim.secrets.has(value))
    .slice(0, MOST_BORROWED);
}
