import { relationAttack } from '../attack.js';
import { rowOf } from '../scene/scene.js';
import { notProvable } from '../verdict.js';
import { changedBy } from './changed-by.js';
import { noRow, rowFilter, where } from './row-filter.js';

/** Deletes the other tenant's row: named by its key, and blindly. */
export const remove = relationAttack('delete', 'rp', async (input, relation) => {
  const { scene, attacker, victim } = input;
  const row = rowOf(victim, relation);
  if (!row) return notProvable(noRow(scene, victim, relation));
  const filter = rowFilter(relation, row);
  const blind = { text: `DELETE FROM ${relation.sql}` };
  return changedBy(scene, attacker, victim, {
    relation,
    statements: [where(blind.text, filter), blind],
    reached: {
      text: `SELECT 1 WHERE NOT EXISTS (SELECT FROM ${relation.sql} WHERE ${filter.condition})`,
      values: filter.values,
    },
    control: { party: victim, statement: where(blind.text, filter) },
    consequence: 'a row of the other tenant was deleted',
    right: relation.delete,
  });
});
