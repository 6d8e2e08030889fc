import { PROOF_SETTING } from '../../sql/index.js';
import { relationAttack } from '../attack.js';
import { learnt } from '../scene/learnt.js';
import { rowOf, type Scene } from '../scene/scene.js';
import { type Statement, shown } from '../scene/session.js';
import { leaked, notProvable, proven } from '../verdict.js';
import { boundSettings } from './bound-settings.js';
import { guises, noRow, readable } from './row-filter.js';

const USUAL = ['on', 'true', '1', '%', 'admin', '*'];

/**
 * Sets what the policies and functions of this database read besides the tenant: flags, older names of
 * the tenant, patterns. The binding does not set them, so whoever runs SQL does.
 */
export const otherSetting = relationAttack(
  'other-setting',
  'rp',
  async ({ scene, attacker, victim }, relation) => {
    if (!rowOf(victim, relation)) return notProvable(noRow(scene, victim, relation));
    const everything = { text: `SELECT ${readable(relation)} FROM ${relation.sql}` };
    const bound = await boundSettings(scene, attacker);
    const settings = settingsOf(scene).filter((name) => !bound.includes(name));
    for (const actor of guises(scene, attacker)) {
      // What is open without it is another attack's finding.
      if (learnt(victim, await scene.attempt(actor, everything)) !== undefined) continue;
      for (const name of settings) {
        for (const value of new Set([victim.tenant, ...USUAL, ...scene.catalog.literals])) {
          const set: Statement = { text: 'SELECT set_config($1, $2, true)', values: [name, value] };
          const outcome = await scene.attempt(actor, set, everything);
          const last = outcome.ok ? outcome.answers.at(-1) : undefined;
          const seen = last && learnt(victim, { ok: true, answers: [last] });
          if (seen !== undefined) {
            return leaked(`${shown(set)}; ${shown(everything)}`, `a row with ${seen}`);
          }
        }
      }
    }
    return proven('no other setting opens it');
  },
  ({ id, select }, scene) => scene.tenancy.tables.has(id) && select && settingsOf(scene).length > 0,
);

/** Those that the binding sets are forged by the context pivots. */
function settingsOf({ catalog, binder }: Scene): string[] {
  return catalog.settings.filter((name) => name !== binder.setting && name !== PROOF_SETTING);
}
