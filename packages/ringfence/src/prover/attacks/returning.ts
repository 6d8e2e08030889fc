import { relationAttack } from '../attack.js';
import { learnt } from '../scene/learnt.js';
import { rowOf } from '../scene/scene.js';
import { type Statement, shown } from '../scene/session.js';
import { leaked, notProvable, proven } from '../verdict.js';
import { guises, noRow, readable, refusal, touch } from './row-filter.js';

/** Lets a change hand the rows out. */
export const returning = relationAttack('returning', 'rp', async (input, relation) => {
  const { scene, attacker, victim } = input;
  if (!rowOf(victim, relation)) return notProvable(noRow(scene, victim, relation));
  const columns = readable(relation);
  const statements: Statement[] = [
    { text: `${touch(relation)} RETURNING ${columns}` },
    { text: `DELETE FROM ${relation.sql} RETURNING ${columns}` },
  ];
  let how = '';
  for (const actor of guises(scene, attacker)) {
    for (const statement of statements) {
      const outcome = await scene.attempt(actor, statement);
      how ||= refusal(outcome);
      const value = learnt(victim, outcome);
      if (value !== undefined) return leaked(shown(statement), `a row with ${value}`);
    }
  }
  return proven(how);
});
