import { relationAttack } from '../attack.js';
import { learnt } from '../scene/learnt.js';
import { rowOf } from '../scene/scene.js';
import { shown } from '../scene/session.js';
import { leaked, notProvable, proven } from '../verdict.js';
import { noRow, readable, refusal } from './row-filter.js';

/** Reads the plan: it names values, and counts rows that a policy took away. */
export const explain = relationAttack('explain', 'rp', async (input, relation) => {
  const { scene, attacker, victim } = input;
  if (!rowOf(victim, relation)) return notProvable(noRow(scene, victim, relation));
  if (!relation.select) return proven('no right to read');
  const statement = {
    text: `EXPLAIN (ANALYZE, VERBOSE, TIMING OFF) SELECT ${readable(relation)} FROM ${relation.sql}`,
  };
  const outcome = await scene.attempt(attacker, statement);
  if (!outcome.ok) return proven(refusal(outcome));
  const value = learnt(victim, outcome);
  if (value !== undefined) return leaked(shown(statement), `the value ${value}`);
  const plan = outcome.answers.flatMap(({ rows }) => rows.flat()).join('\n');
  return /Rows Removed by Filter: [1-9]/.test(plan)
    ? notProvable('PostgreSQL counts the rows that a policy took away for whoever may run EXPLAIN')
    : proven('the plan names and counts nothing of the other tenant');
});
