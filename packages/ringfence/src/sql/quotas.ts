import { quoteIdentifier } from './identifier.js';
import { useQuotaSql } from './quota-counters.js';
import { type RoleNames, roleNames } from './role-names.js';

/** The quotas of the bound tenant: how much it has used, and how much it may (NULL: without a limit). */
export const OWN_QUOTAS_STATEMENT =
  'SELECT quota, used, allowed FROM ringfence.own_quotas() ORDER BY quota';

/** For the operator: what a plan allows; $1 plan, $2 quota, $3 how much, NULL for no limit. */
export const SET_PLAN_QUOTA_STATEMENT = `INSERT INTO ringfence.quota_plans (plan, quota, allowed)
  VALUES ($1, $2, $3) ON CONFLICT (plan, quota) DO UPDATE SET allowed = excluded.allowed`;

/** For the operator: what one tenant may, whatever its plan says; $1 tenant, $2 quota, $3 as above. */
export const SET_TENANT_QUOTA_STATEMENT = `INSERT INTO ringfence.tenant_quotas (tenant, quota, allowed)
  VALUES ($1, $2, $3) ON CONFLICT (tenant, quota) DO UPDATE SET allowed = excluded.allowed`;

/** For the operator: what the plan says counts again; $1 tenant, $2 quota. */
export const CLEAR_TENANT_QUOTA_STATEMENT =
  'DELETE FROM ringfence.tenant_quotas WHERE tenant = $1 AND quota = $2';

/** For the operator: puts a tenant on a plan; $1 tenant, $2 plan. */
export const SET_TENANT_PLAN_STATEMENT = `INSERT INTO ringfence.tenant_plans (tenant, plan)
  VALUES ($1, $2) ON CONFLICT (tenant) DO UPDATE SET plan = excluded.plan`;

/** For the operator, bound to a tenant: what its counters say beside what its rows say, in one snapshot. */
export const MEASURE_QUOTAS_STATEMENT =
  'SELECT quota, counted, actual FROM ringfence.measure_quotas() ORDER BY quota';

/** For the operator, bound to a tenant: sets its counters to what its rows say; what was wrong comes back. */
export const RECONCILE_QUOTAS_STATEMENT =
  'SELECT quota, counted, actual FROM ringfence.reconcile_quotas() ORDER BY quota';

/** The plan of a tenant that is on none. */
export const DEFAULT_PLAN = 'default';

const NAME = "'^[a-z][a-z0-9_-]{0,31}$'";

/**
 * What quotas stand on: what plans and tenants may have, and counters of what they have. Needs
 * `machinerySql`. {@link quotaTriggersSql} puts a table under quotas.
 *
 * - What a tenant may have is set by the operator: for its plan, or for itself, which comes first. What
 *   is not named is not limited. The application can read what its own tenant may and has, and change
 *   neither.
 * - Counters are changed by triggers, in the transaction of the rows: whatever way a row comes (raw SQL,
 *   COPY, ON CONFLICT, cascades), and with a rollback the count goes too.
 * - What a tenant has already stays when it may have less; it can have no more until there is room.
 *
 * @param audited Write what the operator sets into `platform_log`: needs `auditLogSql`. Default true.
 * @see docs/decisions/0017-quotas.md
 */
export function quotasSql(roles: RoleNames = roleNames(), { audited = true } = {}): string {
  const [app, operator] = [roles.app, roles.operator].map(quoteIdentifier);
  return `CREATE TABLE ringfence.quotas (
  "name" text PRIMARY KEY,
  CONSTRAINT quotas_name_is_plain CHECK ("name" ~ ${NAME})
);
COMMENT ON TABLE ringfence.quotas IS 'The quotas that there are: each is counted by triggers.';

CREATE TABLE ringfence.quota_plans (
  "plan" text NOT NULL,
  "quota" text NOT NULL REFERENCES ringfence.quotas ("name"),
  -- NULL: without a limit.
  "allowed" bigint,
  CONSTRAINT quota_plans_pkey PRIMARY KEY ("plan", "quota"),
  CONSTRAINT quota_plans_plan_is_plain CHECK ("plan" ~ ${NAME}),
  CONSTRAINT quota_plans_allowed_is_no_debt CHECK ("allowed" >= 0)
);
COMMENT ON TABLE ringfence.quota_plans IS
  'How much of each quota a plan allows. The plan of a tenant that is on none is ${DEFAULT_PLAN}.';

CREATE TABLE ringfence.tenant_plans (
  -- Not named as in tenant tables: everything with a tenant_id stands under row-level security.
  "tenant" uuid PRIMARY KEY REFERENCES ringfence.tenants (id) ON DELETE CASCADE,
  "plan" text NOT NULL,
  CONSTRAINT tenant_plans_plan_is_plain CHECK ("plan" ~ ${NAME})
);
COMMENT ON TABLE ringfence.tenant_plans IS 'Which plan a tenant is on.';

CREATE TABLE ringfence.tenant_quotas (
  "tenant" uuid NOT NULL REFERENCES ringfence.tenants (id) ON DELETE CASCADE,
  "quota" text NOT NULL REFERENCES ringfence.quotas ("name"),
  "allowed" bigint,
  CONSTRAINT tenant_quotas_pkey PRIMARY KEY ("tenant", "quota"),
  CONSTRAINT tenant_quotas_allowed_is_no_debt CHECK ("allowed" >= 0)
);
COMMENT ON TABLE ringfence.tenant_quotas IS 'What single tenants may, whatever their plan says.';

CREATE FUNCTION ringfence.allowed_quota(of_tenant uuid, of_quota text) RETURNS bigint
  LANGUAGE sql STABLE
  SET search_path = pg_catalog, pg_temp
AS $allowed$
  SELECT l.allowed FROM (
    SELECT 1 AS rank, o.allowed FROM ringfence.tenant_quotas AS o
      WHERE o.tenant = of_tenant AND o.quota = of_quota
    UNION ALL
    SELECT 2, p.allowed FROM ringfence.quota_plans AS p
      WHERE p.quota = of_quota AND p.plan = coalesce(
        (SELECT t.plan FROM ringfence.tenant_plans AS t WHERE t.tenant = of_tenant), '${DEFAULT_PLAN}')
  ) AS l ORDER BY l.rank LIMIT 1
$allowed$;

COMMENT ON FUNCTION ringfence.allowed_quota(uuid, text) IS
  'How much of a quota a tenant may have; NULL when there is no limit.';

${useQuotaSql()}

CREATE FUNCTION ringfence.own_quotas() RETURNS TABLE (quota text, used bigint, allowed bigint)
  LANGUAGE sql STABLE SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp
AS $own$
  SELECT q.name, coalesce(
      (SELECT sum(u.used) FROM ringfence.quota_usage AS u WHERE u.tenant = t.id AND u.quota = q.name), 0)::bigint,
    ringfence.allowed_quota(t.id, q.name)
  FROM ringfence.quotas AS q, ringfence.current_tenant_id() AS t (id)
  WHERE t.id IS NOT NULL
$own$;

COMMENT ON FUNCTION ringfence.own_quotas() IS
  'What the bound tenant has of each quota, and what it may have.';

REVOKE ALL ON ringfence.quotas, ringfence.quota_plans, ringfence.tenant_plans, ringfence.tenant_quotas,
  ringfence.quota_usage FROM PUBLIC;
REVOKE ALL ON FUNCTION ringfence.allowed_quota(uuid, text), ringfence.lock_usage(uuid, text),
  ringfence.add_usage(uuid, text, bigint), ringfence.use_quota(uuid, text, bigint),
  ringfence.own_quotas() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ringfence.own_quotas() TO ${app};
GRANT SELECT ON ringfence.quotas, ringfence.quota_usage TO ${operator};
GRANT SELECT, INSERT, UPDATE, DELETE ON ringfence.quota_plans, ringfence.tenant_plans,
  ringfence.tenant_quotas TO ${operator};${audited ? `\n\n${AUDIT_TRIGGERS}` : ''}`;
}

const AUDIT_TRIGGERS = [
  { name: 'quota_plans', shown: '{plan,quota,allowed}', tenant: '' },
  { name: 'tenant_plans', shown: '{tenant,plan}', tenant: 'tenant' },
  { name: 'tenant_quotas', shown: '{tenant,quota,allowed}', tenant: 'tenant' },
]
  .map(
    ({
      name,
      shown,
      tenant,
    }) => `CREATE TRIGGER audit_change AFTER INSERT OR UPDATE OR DELETE ON ringfence.${name}
  FOR EACH ROW EXECUTE FUNCTION ringfence.record_platform_changes('${shown}', '${tenant}');
CREATE TRIGGER audit_truncate AFTER TRUNCATE ON ringfence.${name}
  FOR EACH STATEMENT EXECUTE FUNCTION ringfence.record_truncate();`,
  )
  .join('\n');
