import { quoteIdentifier } from '../../sql/index.js';
import { relationAttack } from '../attack.js';
import { rowOf } from '../scene/scene.js';
import { notProvable } from '../verdict.js';
import { changedBy } from './changed-by.js';
import { noRow, rowFilter, touch, where } from './row-filter.js';
import { hasTenant } from './update-to-other.js';

/** Takes the other tenant's row over. */
export const move = relationAttack(
  'move',
  'rp',
  async ({ scene, attacker, victim }, relation) => {
    const row = rowOf(victim, relation);
    const tenant = quoteIdentifier(scene.tenancy.columns.get(relation.id) ?? '');
    if (!row) return notProvable(noRow(scene, victim, relation));
    const filter = rowFilter(relation, row);
    const shifted = rowFilter(relation, row, 2);
    const set = `UPDATE ${relation.sql} SET ${tenant} = $1`;
    return changedBy(scene, attacker, victim, {
      relation,
      statements: [
        { text: `${set} WHERE ${shifted.condition}`, values: [attacker.tenant, ...shifted.values] },
        { text: set, values: [attacker.tenant] },
      ],
      reached: {
        text: `SELECT 1 WHERE NOT EXISTS (SELECT FROM ${relation.sql} WHERE ${filter.condition} AND ${tenant} = $${filter.values.length + 1})`,
        values: [...filter.values, victim.tenant],
      },
      control: {
        party: victim,
        statement: where(touch(relation), filter),
      },
      consequence: 'a row of the other tenant was taken over',
      right: relation.columns.some((one) => quoteIdentifier(one.name) === tenant && one.update),
    });
  },
  hasTenant,
);
