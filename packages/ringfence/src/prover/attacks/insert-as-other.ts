import { quoteIdentifier } from '../../sql/index.js';
import { relationAttack } from '../attack.js';
import { shown } from '../scene/session.js';
import { insertText } from '../seeding/seed-rows.js';
import { leaked, notProvable, proven } from '../verdict.js';
import { guises, refusal } from './row-filter.js';
import { countOf } from './update-to-other.js';

/** Puts a row into the other tenant. */
export const insertAsOther = relationAttack(
  'insert-as-other',
  'rp',
  async ({ scene, attacker, victim }, relation) => {
    const fresh = victim.fresh.get(relation.id);
    const tenantColumn = scene.tenancy.columns.get(relation.id) ?? '';
    if (typeof fresh !== 'object') return notProvable(fresh ?? 'no row could be made for it');
    const names = [...fresh.keys()];
    const values = [...fresh.values()];
    const statement = { text: insertText(relation, names, ''), values };
    // Without a key of its own the row is found by there being one more.
    const planted = {
      text: `SELECT 1 WHERE (SELECT count(*) FROM ${relation.sql} WHERE ${quoteIdentifier(tenantColumn)} = $1) > $2::bigint`,
      values: [victim.tenant, await countOf(scene, relation, victim)],
    };
    let how = '';
    for (const actor of guises(scene, attacker)) {
      const outcome = await scene.attempt(actor, statement);
      how ||= outcome.ok ? 'the row went elsewhere' : refusal(outcome);
      if (!outcome.ok || !outcome.answers[0]?.rowCount) continue;
      const truth = await scene.truthAfter(actor, [statement], planted);
      if (truth?.rowCount) return leaked(shown(statement), 'a row stands in the other tenant');
    }
    if (how === 'no right' && !relation.insert) return proven('no right to insert');
    const own = names.filter((name) =>
      relation.columns.some((one) => one.name === name && one.insert),
    );
    const control = await scene.attempt(victim, {
      text: insertText(relation, own, ''),
      values: own.map((name) => fresh.get(name) ?? null),
    });
    return control.ok ? proven(how) : notProvable(`its owner cannot insert it: ${control.message}`);
  },
  ({ id, partition }, { tenancy }) =>
    tenancy.columns.has(id) && tenancy.tables.has(id) && !partition,
);
