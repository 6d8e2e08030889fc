import { quoteIdentifier } from '../../sql/index.js';
import { relationAttack } from '../attack.js';
import { rowOf } from '../scene/scene.js';
import { notProvable } from '../verdict.js';
import { changedBy } from './changed-by.js';
import { noRow, rowFilter, touchable, where } from './row-filter.js';

/** Changes the other tenant's row: named by its key, and blindly, where no SELECT policy joins in. */
export const update = relationAttack('update', 'rp', async (input, relation) => {
  const { scene, attacker, victim } = input;
  const row = rowOf(victim, relation);
  const column = touchable(relation);
  const fresh = attacker.fresh.get(relation.id);
  const constant = (column && typeof fresh === 'object' && fresh.get(column)) || null;
  if (!row || !column) return notProvable(noRow(scene, victim, relation));
  const filter = rowFilter(relation, row);
  const blind = {
    text: `UPDATE ${relation.sql} SET ${quoteIdentifier(column)} = ${quoteIdentifier(column)}`,
  };
  const named = where(blind.text, filter);
  // A new version of the row stands in another place.
  const place = await scene.truth(where(`SELECT ctid FROM ${relation.sql}`, filter));
  const before = place.rows[0]?.[0] ?? null;
  return changedBy(scene, attacker, victim, {
    relation,
    // A constant reads no column: then not even the SELECT policies are asked.
    statements: [
      named,
      blind,
      { text: `UPDATE ${relation.sql} SET ${quoteIdentifier(column)} = $1`, values: [constant] },
    ],
    reached: {
      text: `SELECT 1 FROM ${relation.sql} WHERE ${filter.condition} AND ctid <> $${filter.values.length + 1}::tid`,
      values: [...filter.values, before],
    },
    control: { party: victim, statement: named },
    consequence: 'a row of the other tenant was changed',
    right: relation.update,
  });
});
