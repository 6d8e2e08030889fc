import { relationAttack } from '../attack.js';
import { shown } from '../scene/session.js';
import { leaked, proven } from '../verdict.js';
import { guises, refusal } from './row-filter.js';

/** Empties the table for everybody: TRUNCATE is not subject to row-level security at all. */
export const truncate = relationAttack(
  'truncate',
  'rp',
  async ({ scene, attacker }, relation) => {
    let how = '';
    for (const actor of guises(scene, attacker)) {
      for (const tail of ['', ' CASCADE']) {
        const statement = { text: `TRUNCATE ${relation.sql}${tail}` };
        const outcome = await scene.attempt(actor, statement);
        if (outcome.ok) return leaked(shown(statement), 'the rows of every tenant were deleted');
        // It got past the rights when only a reference stopped it.
        if (outcome.code === '0A000' && relation.truncate) continue;
        how ||= refusal(outcome);
      }
    }
    return proven(how || 'refused');
  },
  ({ id }, { tenancy }) => tenancy.tables.has(id),
);
