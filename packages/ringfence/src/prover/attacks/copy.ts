import { quoteIdentifier } from '../../sql/index.js';
import { relationAttack } from '../attack.js';
import { rowOf } from '../scene/scene.js';
import { shown } from '../scene/session.js';
import { leaked, notProvable, proven } from '../verdict.js';
import { guises, noRow, readable, refusal, rowFilter } from './row-filter.js';

/** Copies the table out: COPY obeys the policies only where the role is subject to them. */
export const copy = relationAttack('copy', 'rp', async (input, relation) => {
  const { scene, attacker, victim } = input;
  const row = rowOf(victim, relation);
  if (!row) return notProvable(noRow(scene, victim, relation));
  if (!scene.administrator) return notProvable('without an administrator copied rows tell nothing');
  const filter = rowFilter(relation, row);
  const tenant = scene.tenancy.columns.get(relation.id);
  const others = await scene.truth(
    tenant === undefined
      ? {
          text: `SELECT count(*) FROM ${relation.sql} WHERE NOT (${filter.condition})`,
          values: filter.values,
        }
      : {
          text: `SELECT count(*) FROM ${relation.sql} WHERE ${quoteIdentifier(tenant)} IS DISTINCT FROM $1`,
          values: [victim.tenant],
        },
  );
  const most = Number(others.rows[0]?.[0] ?? 0);
  const columns = readable(relation);
  let how = '';
  for (const actor of guises(scene, attacker)) {
    for (const source of [
      `(SELECT ${columns} FROM ${relation.sql})`,
      columns === '*' ? relation.sql : `${relation.sql} (${columns})`,
    ]) {
      if (relation.kind === 'p' && !source.startsWith('(')) continue;
      const statement = { text: `COPY ${source} TO STDOUT` };
      const outcome = await scene.attempt(actor, statement);
      how ||= outcome.ok ? 'copied only what is its own' : refusal(outcome);
      const copied = outcome.ok ? (outcome.answers[0]?.rowCount ?? 0) : 0;
      if (copied > most) return leaked(shown(statement), 'rows of the other tenant');
    }
  }
  return proven(how);
});
