import type { Attack } from '../attack.js';
import type { Relation } from '../catalog/catalog.js';
import type { Actor, Party, Scene } from '../scene/scene.js';
import { type Outcome, type Statement, shown } from '../scene/session.js';
import { insertText } from '../seeding/seed-rows.js';
import { leaked, notProvable, proven, type Verdict } from '../verdict.js';
import { guises, readable } from './row-filter.js';

/**
 * Asks a view or a function twice, the second time with one more row of the other tenant: a count or a
 * sum that changes tells of it, though it holds none of its values.
 */
export const presence: Attack = {
  operation: 'presence',
  applies: (target, { tenancy, catalog }) => {
    if (target.type === 'relation') {
      return target.relation.kind === 'v' && target.relation.select;
    }
    return (
      target.type === 'routine' &&
      target.routine.argumentTypes.length === 0 &&
      target.routine.kind === 'f' &&
      basesOf(catalog.relations, target.routine.source).some(({ id }) => tenancy.tables.has(id))
    );
  },
  run: async ({ scene, attacker, victim, target }) => {
    const { relations } = scene.catalog;
    if (target.type === 'relation') {
      const { relation } = target;
      const text = `SELECT ${readable(relation)} FROM ${relation.sql}`;
      return watch(scene, attacker, victim, { text }, readBy(relations, relation));
    }
    if (target.type !== 'routine') throw new Error('presence attacks views and functions.');
    const { sql, source } = target.routine;
    const text = `SELECT * FROM ${sql}()`;
    return watch(scene, attacker, victim, { text }, basesOf(relations, source));
  },
};

async function watch(
  scene: Scene,
  attacker: Party,
  victim: Party,
  question: Statement,
  bases: readonly Relation[],
): Promise<Verdict> {
  const ask = (actor: Actor): Promise<Outcome> => scene.attempt(actor, question);
  let tried = false;
  for (const base of bases) {
    const fresh = victim.fresh.get(base.id);
    if (typeof fresh !== 'object') continue;
    const row = { text: insertText(base, [...fresh.keys()], ''), values: [...fresh.values()] };
    for (const actor of guises(scene, attacker)) {
      const before = await ask(actor);
      const again = await ask(actor);
      if (!before.ok || answerOf(before) !== answerOf(again)) continue;
      const after = await scene.attemptAfterPlanting([row], actor, question);
      if (after === 'not plantable') continue;
      tried = true;
      if (after.ok && answerOf(after) !== answerOf(before)) {
        return leaked(shown(question), `another answer for one more row in ${base.sql}`);
      }
    }
  }
  return tried
    ? proven('the answer is the same with one more row of the other tenant')
    : notProvable('no row could be added to what it reads, or it answers differently each time');
}

function answerOf(outcome: Outcome): string {
  if (!outcome.ok) return outcome.code;
  return JSON.stringify(outcome.answers.map(({ rows }) => rows));
}

/** Tables that a text names. */
function basesOf(relations: readonly Relation[], source: string): Relation[] {
  return relations.filter(({ name, kind }) => 'rp'.includes(kind) && source.includes(name));
}

/** Tables that a view reads from, also through other views. */
function readBy(relations: readonly Relation[], view: Relation): Relation[] {
  const found = new Set(view.uses);
  for (const id of found) {
    const relation = relations.find((one) => one.id === id);
    if (relation?.kind === 'v') for (const next of relation.uses) found.add(next);
  }
  return relations.filter(({ id, kind }) => 'rp'.includes(kind) && found.has(id));
}
