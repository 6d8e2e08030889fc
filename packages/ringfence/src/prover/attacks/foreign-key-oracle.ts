import { quoteIdentifier } from '../../sql/index.js';
import { relationAttack } from '../attack.js';
import type { ForeignKey, Relation } from '../catalog/catalog.js';
import { type Party, rowOf, type Scene } from '../scene/scene.js';
import { type Statement, shown } from '../scene/session.js';
import { insertText } from '../seeding/seed-rows.js';
import { leaked, notProvable, proven } from '../verdict.js';
import { absentValue } from './absent-value.js';
import { mayInsert } from './conflicting-rows.js';
import { differs } from './differs.js';
import { rowFilter } from './row-filter.js';

/** Refers to the other tenant's row: foreign-key checks do not ask the policies. */
export const foreignKeyOracle = relationAttack(
  'foreign-key-oracle',
  'rp',
  async ({ scene, attacker, victim }, relation) => {
    const keys = keysToTenants(scene, relation);
    let tried = false;
    let why = '';
    for (const key of keys) {
      const references = referencesOf(scene, attacker, victim, relation, key);
      if (typeof references === 'string') {
        why ||= references;
        continue;
      }
      for (const { foreign, absent } of references) {
        tried = true;
        const difference = await differs(scene, attacker, foreign, absent);
        if (difference) return leaked(shown(foreign), `that the row exists: ${difference}`);
      }
    }
    if (tried) return proven('no difference between a row of the other tenant and none');
    return why ? notProvable(why) : proven('no right to refer');
  },
  (relation, scene) => !relation.partition && keysToTenants(scene, relation).length > 0,
);

function keysToTenants({ tenancy }: Scene, relation: Relation): ForeignKey[] {
  const own = tenancy.columns.get(relation.id);
  return relation.foreignKeys.filter(
    ({ target, columns }) => tenancy.tables.has(target) && columns.some((name) => name !== own),
  );
}

interface Reference {
  readonly foreign: Statement;
  readonly absent: Statement;
}

/** An INSERT and an UPDATE that refer to the victim's row, each with its twin; or why there is none. */
function referencesOf(
  scene: Scene,
  attacker: Party,
  victim: Party,
  relation: Relation,
  key: ForeignKey,
): Reference[] | string {
  const target = victim.rows.get(key.target);
  if (!target) return 'the table that it refers to could not be seeded';
  const own = scene.tenancy.columns.get(relation.id);
  const pointing = new Map<string, string | null>();
  for (const [at, name] of key.columns.entries()) {
    if (name !== own) pointing.set(name, target.get(key.targetColumns[at] ?? '') ?? null);
  }
  const nowhere = new Map([...pointing].map(([name, value]) => [name, absentValue(value)]));
  const found: Reference[] = [];
  const fresh = attacker.fresh.get(relation.id);
  if (relation.insert && typeof fresh === 'object') {
    const names = [...new Set([...fresh.keys(), ...pointing.keys()])].filter((name) =>
      mayInsert(relation, name),
    );
    const insert = (values: ReadonlyMap<string, string | null>): Statement => ({
      text: insertText(relation, names, ''),
      values: names.map((name) => values.get(name) ?? fresh.get(name) ?? null),
    });
    found.push({ foreign: insert(pointing), absent: insert(nowhere) });
  }
  const row = rowOf(attacker, relation);
  const names = [...pointing.keys()];
  const may = names.every((name) =>
    relation.columns.some((one) => one.name === name && one.update),
  );
  if (row && may) {
    const filter = rowFilter(relation, row, names.length + 1);
    const set = names.map((name, at) => `${quoteIdentifier(name)} = $${at + 1}`).join(', ');
    const text = `UPDATE ${relation.sql} SET ${set} WHERE ${filter.condition}`;
    found.push({
      foreign: { text, values: [...pointing.values(), ...filter.values] },
      absent: { text, values: [...nowhere.values(), ...filter.values] },
    });
  }
  if (found.length === 0 && (relation.insert || may)) {
    return typeof fresh === 'string' ? fresh : 'no row could be made for it';
  }
  return found;
}
