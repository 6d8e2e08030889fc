import { quoteIdentifier } from '../../sql/index.js';
import { relationAttack } from '../attack.js';
import type { Relation } from '../catalog/catalog.js';
import { rowOf, type Scene } from '../scene/scene.js';
import { notProvable } from '../verdict.js';
import { changedBy } from './changed-by.js';
import { noRow, rowFilter, touchable, where } from './row-filter.js';

/** Gives a row of one's own to the other tenant. */
export const updateToOther = relationAttack(
  'update-to-other',
  'rp',
  async ({ scene, attacker, victim }, relation) => {
    const row = rowOf(attacker, relation);
    const tenant = quoteIdentifier(scene.tenancy.columns.get(relation.id) ?? '');
    if (!row) return notProvable(noRow(scene, attacker, relation));
    const filter = rowFilter(relation, row, 2);
    const set = `UPDATE ${relation.sql} SET ${tenant} = $1`;
    const named = {
      text: `${set} WHERE ${filter.condition}`,
      values: [victim.tenant, ...filter.values],
    };
    const column = touchable(relation);
    return changedBy(scene, attacker, victim, {
      relation,
      statements: [named, { text: set, values: [victim.tenant] }],
      reached: {
        text: `SELECT 1 FROM ${relation.sql} WHERE ${tenant} = $1 AND xmin = pg_current_xact_id()::xid`,
        values: [victim.tenant],
      },
      control: {
        party: attacker,
        statement: where(
          `UPDATE ${relation.sql} SET ${column} = ${column}`,
          rowFilter(relation, row),
        ),
      },
      consequence: 'a row was pushed into the other tenant',
      right: relation.columns.some((one) => quoteIdentifier(one.name) === tenant && one.update),
    });
  },
  hasTenant,
);

export function hasTenant({ id, partition }: Relation, { tenancy }: Scene): boolean {
  return tenancy.columns.has(id) && tenancy.tables.has(id) && !partition;
}
