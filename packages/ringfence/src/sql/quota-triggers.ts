import { RingfenceError } from '../errors/index.js';
import { quoteIdentifier, quoteLiteral, quoteQualified } from './identifier.js';
import { type RoleNames, roleNames } from './role-names.js';

/** A tenant table whose rows are counted. */
export interface CountedTable {
  readonly name: string;
  /** Default `public`. */
  readonly schema?: string;
  /**
   * Quota → how much of it a row is: an SQL expression over the row's columns, of built-in functions, that
   * gives a whole number of 0 or more. `1` counts rows, `octet_length("body")` bytes,
   * `CASE WHEN state = 'active' THEN 1 ELSE 0 END` seats of those who have one.
   */
  readonly quotas: Readonly<Record<string, string>>;
}

const NAME = /^[a-z][a-z0-9_-]{0,31}$/;
/** What is the same for every row is not looked at again when a row changes. */
const CONSTANT = /^\d+$/;

/**
 * Puts a tenant table under quotas: counts the rows that are there, and from then on every change in the
 * transaction that makes it. Needs `quotasSql`. Several tables may count on one quota.
 *
 * The triggers are per statement: a thousand rows in one are one count. They add up before anything is
 * refused, so an UPDATE that takes from one row what it gives to another needs no room. To count the rows
 * of all tenants, row-level security is not forced on the owner for the length of the migration, which
 * holds the table locked meanwhile. TRUNCATE, which no application is granted, is refused: it would
 * leave the counts behind.
 *
 * {@link measureQuotasSql} comes after the last of them.
 *
 * @throws RingfenceError `IDENTIFIER_INVALID` for an impossible name or a quota that is no short word.
 * @example
 * quotaTriggersSql({ name: 'documents', quotas: { documents: '1', storage: 'octet_length("body")' } });
 */
export function quotaTriggersSql(table: CountedTable): string {
  const quotas = quotasOf(table);
  const qualified = quoteQualified(table.schema ?? 'public', table.name);
  const counter = quoteQualified('ringfence', `count_rows_of_${table.name}`);
  const execute = `FOR EACH STATEMENT EXECUTE FUNCTION ${counter}();`;
  const sums = (sign: string): string =>
    quotas.map(([, amount], at) => `${sign}(${amount}) AS a${at}`).join(', ');
  const branch = (from: string): string => `    FOR counted IN
      SELECT r.tenant_id, ${quotas.map((_, at) => `coalesce(sum(r.a${at}), 0)::bigint AS a${at}`).join(', ')}
      FROM (${from}) AS r GROUP BY r.tenant_id ORDER BY r.tenant_id
    LOOP
${quotas.map(([quota], at) => `      PERFORM ringfence.use_quota(counted.tenant_id, ${quoteLiteral(quota)}, counted.a${at});`).join('\n')}
    END LOOP;`;
  const added = `SELECT tenant_id, ${sums('')} FROM new_rows`;
  const taken = `SELECT tenant_id, ${sums('-')} FROM old_rows`;
  const changing = quotas.some(([, amount]) => !CONSTANT.test(amount));
  return `INSERT INTO ringfence.quotas (name) VALUES ${quotas.map(([quota]) => `(${quoteLiteral(quota)})`).join(', ')}
  ON CONFLICT DO NOTHING;

CREATE FUNCTION ${counter}() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp
AS $count$
DECLARE
  counted record;
BEGIN
  IF TG_OP = 'INSERT' THEN
${branch(added)}
  ELSIF TG_OP = 'DELETE' THEN
${branch(taken)}
  ELSIF TG_OP = 'UPDATE' THEN
${branch(`${added} UNION ALL ${taken}`)}
  ELSE
    RAISE EXCEPTION 'rows of a table under quotas are deleted, not truncated' USING ERRCODE = '0A000';
  END IF;
  RETURN NULL;
END
$count$;

COMMENT ON FUNCTION ${counter}() IS 'Counts what a statement changed on the quotas of the tenant.';

REVOKE ALL ON FUNCTION ${counter}() FROM PUBLIC;

CREATE TRIGGER quota_insert AFTER INSERT ON ${qualified}
  REFERENCING NEW TABLE AS new_rows ${execute}
${
  changing
    ? `CREATE TRIGGER quota_update AFTER UPDATE ON ${qualified}
  REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows ${execute}\n`
    : ''
}CREATE TRIGGER quota_delete AFTER DELETE ON ${qualified}
  REFERENCING OLD TABLE AS old_rows ${execute}
CREATE TRIGGER quota_truncate BEFORE TRUNCATE ON ${qualified}
  ${execute}

ALTER TABLE ${qualified} NO FORCE ROW LEVEL SECURITY;
${quotas
  .map(
    ([quota, amount]) => `SELECT ringfence.add_usage(r.tenant_id, ${quoteLiteral(quota)}, r.amount)
  FROM (SELECT tenant_id, sum(${amount})::bigint AS amount FROM ${qualified} GROUP BY tenant_id) AS r;`,
  )
  .join('\n')}
ALTER TABLE ${qualified} FORCE ROW LEVEL SECURITY;`;
}

/**
 * Functions for the operator that compare counters with rows, for all tables under quotas. Written anew
 * with each table that comes to them; needs the quotas and triggers of all.
 *
 * `measure_quotas` reads both in one snapshot, and counters change with rows: a difference is a defect,
 * also under load. `reconcile_quotas` waits for the writers of the tenant and sets its counters right.
 *
 * @param audited as for `quotasSql`.
 */
export function measureQuotasSql(
  tables: readonly CountedTable[],
  roles: RoleNames = roleNames(),
  { audited = true } = {},
): string {
  const parts = tables.flatMap((table) =>
    quotasOf(table).map(
      ([quota, amount]) =>
        `SELECT ${quoteLiteral(quota)} AS quota, sum(${amount})::bigint AS amount
      FROM ${quoteQualified(table.schema ?? 'public', table.name)} WHERE tenant_id = (SELECT ringfence.current_tenant_id())`,
    ),
  );
  const operator = quoteIdentifier(roles.operator);
  return `CREATE OR REPLACE FUNCTION ringfence.measure_quotas()
  RETURNS TABLE (quota text, counted bigint, actual bigint)
  LANGUAGE sql STABLE SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp
AS $measure$
  SELECT q.name,
    coalesce((SELECT sum(u.used) FROM ringfence.quota_usage AS u
      WHERE u.tenant = (SELECT ringfence.current_tenant_id()) AND u.quota = q.name), 0)::bigint,
    coalesce((SELECT sum(m.amount) FROM (
      ${parts.join('\n      UNION ALL\n      ')}
    ) AS m WHERE m.quota = q.name), 0)::bigint
  FROM ringfence.quotas AS q
  WHERE (SELECT ringfence.current_tenant_id()) IS NOT NULL
$measure$;

COMMENT ON FUNCTION ringfence.measure_quotas() IS
  'What the counters of the bound tenant say, and what its rows say, at one moment.';

CREATE OR REPLACE FUNCTION ringfence.reconcile_quotas()
  RETURNS TABLE (quota text, counted bigint, actual bigint)
  LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp
AS $reconcile$
#variable_conflict use_column
DECLARE
  bound uuid := ringfence.current_tenant_id();
  found record;
BEGIN
  -- Who has locked the counters has no change in work; who has not sees this one's.
  PERFORM ringfence.lock_usage(bound, q.name) FROM (SELECT name FROM ringfence.quotas ORDER BY name) AS q
    WHERE bound IS NOT NULL;
  FOR found IN SELECT m.quota, m.counted, m.actual FROM ringfence.measure_quotas() AS m
    WHERE m.counted <> m.actual ORDER BY m.quota
  LOOP
    PERFORM ringfence.add_usage(bound, found.quota, found.actual - found.counted);${
      audited
        ? `
    INSERT INTO ringfence.platform_log (tenant, action, object_type, details, actor_kind, actor_id)
    VALUES (bound, 'update', 'quota_usage', jsonb_build_object('quota', jsonb_build_array(found.quota, found.quota),
      'used', jsonb_build_array(found.counted, found.actual)), 'login', current_setting('application_name'));`
        : ''
    }
    quota := found.quota;
    counted := found.counted;
    actual := found.actual;
    RETURN NEXT;
  END LOOP;
END
$reconcile$;

COMMENT ON FUNCTION ringfence.reconcile_quotas() IS
  'Sets the counters of the bound tenant to what its rows say; answers what was wrong.';

REVOKE ALL ON FUNCTION ringfence.measure_quotas(), ringfence.reconcile_quotas() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ringfence.measure_quotas(), ringfence.reconcile_quotas() TO ${operator};`;
}

/** In one order, so that two statements never wait for each other's counters in a circle. */
function quotasOf({ name, quotas }: CountedTable): [quota: string, amount: string][] {
  const entries = Object.entries(quotas).toSorted(([one], [other]) => (one < other ? -1 : 1));
  if (entries.length === 0 || !entries.every(([quota]) => NAME.test(quota))) {
    throw new RingfenceError('IDENTIFIER_INVALID', {
      detail: `The quotas of ${name} must be short words in lower case.`,
    });
  }
  return entries;
}
