import { relationAttack } from '../attack.js';
import { learnt } from '../scene/learnt.js';
import { rowOf } from '../scene/scene.js';
import { shown } from '../scene/session.js';
import { leaked, notProvable, proven } from '../verdict.js';
import { guises, noRow } from './row-filter.js';

/** Reads the planner's statistics, which hold values of columns. */
export const stats = relationAttack('stats', 'rpm', async (input, relation) => {
  const { scene, attacker, victim } = input;
  if (relation.kind !== 'm' && !rowOf(victim, relation)) {
    return notProvable(noRow(scene, victim, relation));
  }
  const values = [relation.schema, relation.name];
  const statements = [
    {
      text: 'SELECT attname, most_common_vals::text, histogram_bounds::text FROM pg_stats WHERE schemaname = $1 AND tablename = $2',
      values,
    },
    { text: 'SELECT * FROM pg_stats_ext WHERE schemaname = $1 AND tablename = $2', values },
  ];
  for (const actor of guises(scene, attacker)) {
    for (const statement of statements) {
      const value = learnt(victim, await scene.attempt(actor, statement));
      if (value !== undefined) return leaked(shown(statement), `the value ${value}`);
    }
  }
  if (!scene.administrator) return notProvable('the statistics were made before these rows');
  return proven('no value in the statistics that it may read');
});
