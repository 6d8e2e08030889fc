import { relationAttack } from '../attack.js';
import { shown } from '../scene/session.js';
import { leaked, proven } from '../verdict.js';
import { refusal } from './row-filter.js';

/** Hangs code of its own on the table: it would run in every tenant's writes, as every tenant. */
export const trigger = relationAttack(
  'trigger',
  'rp',
  async ({ scene, attacker }, relation) => {
    const code = '() RETURNS trigger LANGUAGE plpgsql AS $f$ BEGIN RETURN NEW; END $f$';
    const schemas = new Set(['pg_temp', ...scene.catalog.creatable]);
    let how = '';
    for (const schema of schemas) {
      const hang = {
        text: `CREATE TRIGGER ringfence_attack BEFORE INSERT ON ${relation.sql} FOR EACH ROW EXECUTE FUNCTION ${schema}.ringfence_attack()`,
      };
      const outcome = await scene.attempt(
        attacker,
        { text: `CREATE FUNCTION ${schema}.ringfence_attack${code}` },
        hang,
      );
      how ||= refusal(outcome);
      if (outcome.ok) return leaked(shown(hang), "code of its own in the other tenant's writes");
    }
    return proven(how);
  },
  ({ id, reachable, partition }, { tenancy }) => tenancy.tables.has(id) && reachable && !partition,
);
