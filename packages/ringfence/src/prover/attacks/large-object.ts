import type { Attack } from '../attack.js';
import { shown } from '../scene/session.js';
import { leaked, proven } from '../verdict.js';

const MOST = 20;

/** Reads large objects: they belong to a role, and all tenants are one role. */
export const largeObject: Attack = {
  operation: 'large-object',
  applies: (target) => target.type === 'context',
  run: async ({ scene, attacker }) => {
    const { rows } = await scene.truth({
      text: `SELECT oid FROM pg_largeobject_metadata ORDER BY oid LIMIT ${MOST}`,
    });
    for (const [oid] of rows) {
      const get = { text: 'SELECT length(lo_get($1::oid))', values: [oid ?? null] };
      const outcome = await scene.attempt(attacker, get);
      if (outcome.ok) return leaked(shown(get), 'an object that belongs to no tenant');
    }
    return proven(rows.length === 0 ? 'there is none' : 'no right to any of them');
  },
};
