import { accessCountersSql } from './access-counters.js';
import { alertsSql, PLATFORM_ID } from './alerts.js';
import { quoteIdentifier } from './identifier.js';
import { type RoleNames, roleNames } from './role-names.js';

/**
 * Counters of how tenants are accessed, and the alerts that follow from them. Needs `machinerySql` and the
 * update `directory`.
 *
 * - Counters stand under row-level security like any tenant's rows. The application may read those of the
 *   bound tenant; only the process, by its signature, may add to them, so that SQL that is injected into a
 *   tenant's request can neither hide what was counted nor make anything up.
 * - Alerts are the platform's: the operator reads all, a tenant its own through a function.
 *
 * @see PostgreSQL manual, CREATE FUNCTION, "Writing SECURITY DEFINER Functions Safely"; SELECT, "The Locking
 *   Clause" for SKIP LOCKED
 */
export function accessPatternsSql(roles: RoleNames = roleNames()): string {
  const [app, operator] = [roles.app, roles.operator].map(quoteIdentifier);
  return `-- The platform itself is bound to this id where it works for no tenant.
ALTER TABLE ringfence.tenants ADD CONSTRAINT tenants_id_is_not_the_platform CHECK (id <> '${PLATFORM_ID}');

${accessCountersSql()}

${alertsSql()}

REVOKE ALL ON ringfence.access_counters, ringfence.alerts FROM PUBLIC;
GRANT SELECT ON ringfence.access_counters TO ${app};
GRANT SELECT, DELETE ON ringfence.alerts TO ${operator};
GRANT UPDATE ("acknowledged_at", "acknowledged_by", "deliver_at", "gave_up_at") ON ringfence.alerts TO ${operator};
${FUNCTIONS.map((name) => `REVOKE ALL ON FUNCTION ringfence.${name} FROM PUBLIC;`).join('\n')}
${FUNCTIONS.slice(1)
  .map((name) => `GRANT EXECUTE ON FUNCTION ringfence.${name} TO ${app};`)
  .join('\n')}`;
}

/** All functions; the first one is for the others alone. */
const FUNCTIONS = [
  'merged_members(text[], text[])',
  'count_access(text, text)',
  'raise_alert(text, text)',
  'read_alerts(timestamptz, uuid, integer)',
  'alerts_after(uuid, integer)',
  'acknowledge_alert(uuid, text, text)',
  'take_alerts(integer, integer)',
  'settle_alert(uuid, integer, integer, text)',
];
