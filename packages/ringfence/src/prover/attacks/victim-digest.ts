import { quoteIdentifier, quoteLiteral } from '../../sql/index.js';
import { type Actor, type Party, type Scene, WITHOUT_FOREIGN_KEYS } from '../scene/scene.js';
import type { Statement } from '../scene/session.js';

/** One value for all rows of a party: another one afterwards means that some row was changed. */
function digestOf({ catalog, tenancy }: Scene, { tenant }: Party): Statement | undefined {
  const parts = catalog.relations.flatMap(({ id, sql, partition }) => {
    const column = tenancy.columns.get(id);
    if (column === undefined || !tenancy.tables.has(id) || partition) return [];
    return [
      `SELECT ${quoteLiteral(id)} AS r, md5(t::text) AS h FROM ${sql} AS t WHERE t.${quoteIdentifier(column)}::text = $1`,
    ];
  });
  if (parts.length === 0) return undefined;
  return {
    text: `SELECT md5(string_agg(r || h, ',' ORDER BY r, h)) FROM (${parts.join(' UNION ALL ')}) AS rows`,
    values: [tenant],
  };
}

/** Do these statements change what belongs to the victim? Foreign keys that stop them are taken away. */
export async function changesVictim(
  scene: Scene,
  actor: Actor,
  victim: Party,
  ...statements: readonly Statement[]
): Promise<boolean> {
  const digest = digestOf(scene, victim);
  const outcome = await scene.attempt(actor, ...statements);
  const hindered = !outcome.ok && outcome.code.startsWith('23');
  if (!digest || (!outcome.ok && !hindered)) return false;
  const before = (await scene.truth(digest)).rows[0]?.[0];
  const planted = hindered ? [WITHOUT_FOREIGN_KEYS] : [];
  const after = await scene.truthAfterPlanting(planted, actor, statements, digest);
  return typeof after === 'object' && after.rows[0]?.[0] !== before;
}
