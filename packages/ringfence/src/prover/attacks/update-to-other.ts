import { quoteIdentifier } from '../../sql/index.js';
import { relationAttack } from '../attack.js';
import type { Relation } from '../catalog/catalog.js';
import { type Party, rowOf, type Scene } from '../scene/scene.js';
import { notProvable } from '../verdict.js';
import { changedBy } from './changed-by.js';
import { noRow, rowFilter, touch, where } from './row-filter.js';

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
    const before = await countOf(scene, relation, victim);
    return changedBy(scene, attacker, victim, {
      relation,
      statements: [named, { text: set, values: [victim.tenant] }],
      reached: {
        text: `SELECT 1 WHERE (SELECT count(*) FROM ${relation.sql} WHERE ${tenant} = $1) > $2::bigint`,
        values: [victim.tenant, before],
      },
      control: {
        party: attacker,
        statement: where(touch(relation), rowFilter(relation, row)),
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

/** How many rows of a party the administrator sees. */
export async function countOf(
  scene: Scene,
  relation: Relation,
  { tenant }: Party,
): Promise<string> {
  const column = quoteIdentifier(scene.tenancy.columns.get(relation.id) ?? '');
  const answer = await scene.truth({
    text: `SELECT count(*) FROM ${relation.sql} WHERE ${column} = $1`,
    values: [tenant],
  });
  return answer.rows[0]?.[0] ?? '0';
}
