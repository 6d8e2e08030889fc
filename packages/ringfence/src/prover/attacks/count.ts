import { relationAttack } from '../attack.js';
import { rowOf } from '../scene/scene.js';
import { shown } from '../scene/session.js';
import { leaked, notProvable, proven } from '../verdict.js';
import { guises, noRow, refusal, rowFilter, where } from './row-filter.js';

/** Asks only how many there are: an aggregate returns no row, and could still count one. */
export const count = relationAttack('count', 'rp', async (input, relation) => {
  const { scene, attacker, victim } = input;
  const row = rowOf(victim, relation);
  if (!row) return notProvable(noRow(scene, victim, relation));
  const filter = rowFilter(relation, row);
  const counting = where(`SELECT count(*) FROM ${relation.sql}`, filter);
  const existence = {
    text: `SELECT 1 WHERE EXISTS (SELECT FROM ${relation.sql} WHERE ${filter.condition})`,
    values: filter.values,
  };
  const seen = async (actor: Parameters<typeof scene.attempt>[0]): Promise<string> => {
    const counted = await scene.attempt(actor, counting);
    if (!counted.ok) return refusal(counted);
    return counted.answers[0]?.rows[0]?.[0] ?? '0';
  };
  let how = '';
  for (const actor of guises(scene, attacker)) {
    const found = await seen(actor);
    how ||= found === '0' ? 'counted 0' : found;
    if (/^[1-9]/.test(found)) return leaked(shown(counting), 'that the row exists');
    const exists = await scene.attempt(actor, existence);
    if (exists.ok && exists.answers[0]?.rowCount) {
      return leaked(shown(existence), 'that the row exists');
    }
  }
  if (how === 'no right') return proven('no right to read');
  const own = await seen(victim);
  return own === '1' ? proven(how) : notProvable(`its owner does not count it either (${own})`);
});
