import { CURRENT_TENANT } from './binder.js';
import { POLICY_NAMES } from './tenant-policy.js';

/**
 * One partition per month (UTC), made ahead of time by the sealer, and one for what falls outside of all
 * of them: a missing partition must never refuse a tenant's change.
 *
 * @see PostgreSQL manual, 5.12.2.2 "Partition Maintenance": attached, not made in place, so that writers
 *   go on meanwhile.
 */
export function auditPartitionsSql(): string {
  return `CREATE FUNCTION ringfence.protect_audit_partition(partition regclass) RETURNS void
  LANGUAGE plpgsql
  SET search_path = pg_catalog, pg_temp
AS $protect$
BEGIN
  -- Nobody has a right on a partition; whoever gets one meets the same rules as on the whole.
  EXECUTE format('REVOKE ALL ON %s FROM PUBLIC', partition);
  EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', partition);
  EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', partition);
  EXECUTE format('CREATE POLICY ${POLICY_NAMES.guard} ON %s AS RESTRICTIVE FOR ALL TO PUBLIC '
    'USING (${RULE}) WITH CHECK (${RULE})', partition);
  EXECUTE format('CREATE POLICY ${POLICY_NAMES.access} ON %s AS PERMISSIVE FOR ALL TO PUBLIC '
    'USING (${RULE}) WITH CHECK (${RULE})', partition);
  -- Row triggers come with the parent; this one does not.
  EXECUTE format('CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON %s '
    'FOR EACH STATEMENT EXECUTE FUNCTION ringfence.refuse_change()', partition);
END
$protect$;

CREATE FUNCTION ringfence.make_audit_partitions(months_ahead integer) RETURNS integer
  LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp
AS $make$
DECLARE
  this_month timestamp := date_trunc('month', now() AT TIME ZONE 'UTC');
  month timestamp;
  name text;
  made integer := 0;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtext('ringfence.make_audit_partitions'));
  FOR ahead IN 0..least(months_ahead, 24) LOOP
    month := this_month + make_interval(months => ahead);
    name := 'audit_log_' || to_char(month, 'YYYY_MM');
    CONTINUE WHEN to_regclass(format('ringfence.%I', name)) IS NOT NULL;
    EXECUTE format('CREATE TABLE ringfence.%I (LIKE ringfence.audit_log INCLUDING DEFAULTS)', name);
    PERFORM ringfence.protect_audit_partition(format('ringfence.%I', name)::regclass);
    EXECUTE format('ALTER TABLE ringfence.audit_log ATTACH PARTITION ringfence.%I FOR VALUES FROM (%L) TO (%L)',
      name, month AT TIME ZONE 'UTC', (month + interval '1 month') AT TIME ZONE 'UTC');
    made := made + 1;
  END LOOP;
  RETURN made;
END
$make$;

COMMENT ON FUNCTION ringfence.make_audit_partitions(integer) IS
  'Makes the partitions of audit_log for this month and so many more; returns how many were missing.';

REVOKE ALL ON FUNCTION ringfence.protect_audit_partition(regclass) FROM PUBLIC;
REVOKE ALL ON FUNCTION ringfence.make_audit_partitions(integer) FROM PUBLIC;

CREATE TABLE ringfence.audit_log_other PARTITION OF ringfence.audit_log DEFAULT;
SELECT ringfence.protect_audit_partition('ringfence.audit_log_other');`;
}

const RULE = `"tenant_id" = ${CURRENT_TENANT}`;
