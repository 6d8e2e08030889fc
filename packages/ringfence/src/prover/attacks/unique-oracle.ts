import { relationAttack } from '../attack.js';
import type { Relation } from '../catalog/catalog.js';
import type { Party, Scene } from '../scene/scene.js';
import { rowOf } from '../scene/scene.js';
import { type Statement, shown } from '../scene/session.js';
import { leaked, notProvable, proven, type Verdict } from '../verdict.js';
import { conflictingRows } from './conflicting-rows.js';
import { differs } from './differs.js';
import { noRow } from './row-filter.js';
import { hasTenant } from './update-to-other.js';

/** Inserts a row with values of the other tenant's row: does a conflict tell that they exist? */
export const uniqueOracle = relationAttack(
  'unique-oracle',
  'rp',
  ({ scene, attacker, victim }, relation) => conflictOracle(scene, attacker, victim, relation, ''),
  hasTenant,
);

/** The oracle of a conflict, asked with `tail` behind the INSERT. */
export async function conflictOracle(
  scene: Scene,
  attacker: Party,
  victim: Party,
  relation: Relation,
  tail: string,
): Promise<Verdict> {
  if (!relation.insert) return proven('no right to insert');
  const fresh = attacker.fresh.get(relation.id);
  if (typeof fresh !== 'object') return notProvable(fresh ?? 'no row could be made for it');
  if (!rowOf(victim, relation)) return notProvable(noRow(scene, victim, relation));
  const pairs = conflictingRows(scene, attacker, victim, relation, tail);
  if (pairs.length === 0) return proven('no value that could be repeated');
  let possible = '';
  for (const { key, foreign, absent } of pairs) {
    const twin = await possibleTwin(scene, attacker, absent);
    if (!twin) continue;
    const difference = await differs(scene, attacker, foreign, twin);
    if (difference) return leaked(shown(foreign), `that a value of ${key} exists: ${difference}`);
    const control = await scene.attempt(attacker, twin);
    if (!control.ok) possible ||= control.message;
  }
  return possible && pairs.length === 1
    ? notProvable(`no such row can be inserted at all: ${possible}`)
    : proven('no difference between a value of the other tenant and one of nobody');
}

const DRAWS = 8;

/** A drawn row may break a check that the other tenant's row keeps; that difference would tell nothing. */
async function possibleTwin(
  scene: Scene,
  attacker: Party,
  absent: () => Statement,
): Promise<Statement | undefined> {
  for (let draw = 1; draw <= DRAWS; draw += 1) {
    const twin = absent();
    const outcome = await scene.attempt(attacker, twin);
    if (outcome.ok || !/^(23514|22...)$/.test(outcome.code ?? '')) return twin;
  }
  return undefined;
}
