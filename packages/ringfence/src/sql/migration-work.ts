import type { ContextTrust } from './context-keys.js';

/** The states in which a tenant may be taken by a worker. */
const TO_DO = "('pending', 'backfilling', 'verifying', 'ready', 'failed')";

/**
 * Leases tenants to a worker: `$1` migration, `$2` worker, `$3` how many at most, `$4` for how many seconds,
 * `$5` whether only those that somebody asked for. A lease that ran out is taken over, and whoever held it
 * has a fence that is too low from then on. Nobody waits for anybody: taken rows are passed over.
 */
export const CLAIM_TENANTS_STATEMENT = `WITH due AS (
  SELECT t.migration, t.tenant FROM ringfence.migration_tenants AS t
  WHERE t.migration = $1 AND t.state IN ${TO_DO}
    AND (t.lease_until IS NULL OR t.lease_until < clock_timestamp())
    AND (t.not_before IS NULL OR t.not_before < clock_timestamp())
    AND CASE WHEN $5::boolean THEN t.requested ELSE t.ring = ANY (
      SELECT r.position FROM ringfence.migration_rings AS r WHERE r.migration = $1 AND r.state = 'open') END
    AND EXISTS (SELECT FROM ringfence.migrations AS m WHERE m.name = $1 AND m.state = 'rolling')
    AND NOT EXISTS (SELECT FROM ringfence.migration_control AS c WHERE c.migration IN ('*', $1))
  ORDER BY t.ring, t.tenant LIMIT $3 FOR UPDATE OF t SKIP LOCKED)
UPDATE ringfence.migration_tenants AS t
SET lease_owner = $2, lease_until = clock_timestamp() + make_interval(secs => $4), fence = t.fence + 1,
  state = CASE WHEN t.state IN ('pending', 'failed') THEN 'backfilling' ELSE t.state END,
  not_before = NULL, started_at = coalesce(t.started_at, clock_timestamp())
FROM due WHERE t.migration = due.migration AND t.tenant = due.tenant
RETURNING t.tenant, t.state, t.fence::float8 AS fence, t.batch_size AS "batchSize", t.attempts`;

/** Gives leases back: `$1` migration, `$2` worker, `$3` tenants. What somebody else has taken stays his. */
export const RELEASE_TENANTS_STATEMENT = `UPDATE ringfence.migration_tenants
SET lease_owner = NULL, lease_until = NULL
WHERE migration = $1 AND lease_owner = $2 AND tenant = ANY ($3::uuid[])`;

/** Goes on holding a lease: `$1` migration, `$2` tenant, `$3` fence, `$4` for how many seconds. */
export const RENEW_LEASE_STATEMENT = `UPDATE ringfence.migration_tenants
SET lease_until = clock_timestamp() + make_interval(secs => $4)
WHERE migration = $1 AND tenant = $2 AND fence = $3 AND lease_owner IS NOT NULL`;

/**
 * One batch: `$1` migration, `$2` tenant, `$3` proof, `$4` fence, `$5` range, `$6` change, `$7` count, `$8` rows,
 * `$9` seconds; and, when it was the last one, verification and switch in the same transaction: `$10` query,
 * `$11` attempts, `$12` seconds. The commit that switches waits for the disk again.
 */
export const RUN_BATCH_STATEMENT = `SELECT b.seen, b.changed::float8 AS changed, b.finished,
  CASE WHEN b.finished AND pg_catalog.set_config('synchronous_commit', 'on', true) = 'on'
    THEN (ringfence.verify_tenant($1, $2, $3, $4, $10, $11, $12)).state END AS state
FROM ringfence.run_batch($1, $2, $3, $4, $5, $6, $7, $8, $9) AS b`;

/** Begins a batch that is not SQL: `$1` migration, `$2` tenant, `$3` proof, `$4` fence. */
export const BEGIN_BATCH_STATEMENT =
  'SELECT t.cursor, pg_catalog.pg_current_xact_id()::text AS xact FROM ringfence.begin_batch($1, $2, $3, $4) AS t';

/** Ends it: `$1` migration, `$2` tenant, `$3` fence, `$4` upto, `$5` seen, `$6` changed, `$7` rows, `$8` seconds. */
export const END_BATCH_STATEMENT =
  'SELECT ringfence.end_batch($1, $2, $3, $4, $5, $6, $7, $8) AS finished, pg_catalog.pg_current_xact_id()::text AS xact';

/** Verifies and switches: `$1` migration, `$2` tenant, `$3` proof, `$4` fence, `$5` query, `$6` attempts, `$7` seconds. */
export const VERIFY_TENANT_STATEMENT =
  'SELECT mismatches::float8 AS mismatches, checksum, state FROM ringfence.verify_tenant($1, $2, $3, $4, $5, $6, $7)';

/** Writes a failure down: `$1` migration, `$2` tenant, `$3` fence, `$4` code, `$5` attempts, `$6` seconds. */
export const FAIL_TENANT_STATEMENT =
  'SELECT ringfence.fail_tenant($1, $2, $3, $4, $5, $6) AS state';

/**
 * What workers call, as the owner: each is one round trip and one transaction, and begins with the same
 * look at the ledger. Whoever's fence is too low gets RF102, whoever was stopped RF103, before anything is
 * changed; so whatever happens to a worker (killed, paused, cut off), its rows and its place in them are
 * either both there or neither.
 *
 * The statements are the migration's own, run by the owner, for the one tenant that is bound: under FORCE
 * they reach no other, also without a WHERE.
 *
 * Batches commit without waiting for the disk. What a crash takes away then, it takes away together: rows
 * and place. The switch waits, and with it everything before it.
 *
 * @see PostgreSQL manual, 30.4 "Asynchronous Commit", 43.5.4 "Executing Dynamic Commands"
 */
export function migrationWorkSql(trust: ContextTrust = 'proven'): string {
  const bind = trust === 'proven' ? 'of_tenant, proof' : 'of_tenant';
  return `CREATE FUNCTION ringfence.hold_lease(of_migration text, of_tenant uuid, held bigint)
  RETURNS ringfence.migration_tenants
  LANGUAGE plpgsql
  SET search_path = pg_catalog, pg_temp
AS $hold$
DECLARE
  entry ringfence.migration_tenants;
BEGIN
  -- Locked first: what is read after it stays true until the end of the transaction.
  SELECT * INTO entry FROM ringfence.migration_tenants AS t
    WHERE t.migration = of_migration AND t.tenant = of_tenant FOR NO KEY UPDATE;
  IF entry.fence IS DISTINCT FROM held OR entry.lease_owner IS NULL THEN
    RAISE EXCEPTION 'the lease on this tenant was lost' USING ERRCODE = 'RF102';
  END IF;
  IF NOT EXISTS (SELECT FROM ringfence.migrations AS m WHERE m.name = of_migration AND m.state = 'rolling')
    OR EXISTS (SELECT FROM ringfence.migration_control AS c WHERE c.migration IN ('*', of_migration)) THEN
    RAISE EXCEPTION 'the migration is stopped' USING ERRCODE = 'RF103';
  END IF;
  RETURN entry;
END
$hold$;

CREATE FUNCTION ringfence.begin_batch(of_migration text, of_tenant uuid, proof text, held bigint)
  RETURNS ringfence.migration_tenants
  LANGUAGE plpgsql
  SET search_path = pg_catalog, pg_temp
AS $begin$
DECLARE
  entry ringfence.migration_tenants := ringfence.hold_lease(of_migration, of_tenant, held);
BEGIN
  IF entry.state <> 'backfilling' THEN
    RAISE EXCEPTION 'this tenant is %', entry.state USING ERRCODE = 'RF101';
  END IF;
  PERFORM set_config('synchronous_commit', 'off', true);
  CALL ringfence.bind(${bind});
  RETURN entry;
END
$begin$;

CREATE FUNCTION ringfence.end_batch(of_migration text, of_tenant uuid, held bigint, upto text,
    seen integer, changed bigint, size integer, lease_seconds double precision) RETURNS boolean
  LANGUAGE plpgsql
  SET search_path = pg_catalog, pg_temp
AS $end$
DECLARE
  finished boolean := seen < size;
BEGIN
  UPDATE ringfence.migration_tenants AS t
  SET cursor = coalesce(upto, t.cursor), rows_done = t.rows_done + seen, rows_changed = t.rows_changed + changed,
    batches = t.batches + 1, batch_size = size,
    lease_until = clock_timestamp() + make_interval(secs => lease_seconds),
    state = CASE WHEN finished THEN 'verifying' ELSE t.state END
  WHERE t.migration = of_migration AND t.tenant = of_tenant AND t.fence = held;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'the lease on this tenant was lost' USING ERRCODE = 'RF102';
  END IF;
  RETURN finished;
END
$end$;

CREATE FUNCTION ringfence.run_batch(of_migration text, of_tenant uuid, proof text, held bigint,
    range_sql text, change_sql text, count_sql text, size integer, lease_seconds double precision,
    OUT upto text, OUT seen integer, OUT changed bigint, OUT finished boolean)
  LANGUAGE plpgsql
AS $run$
DECLARE
  entry ringfence.migration_tenants := ringfence.begin_batch(of_migration, of_tenant, proof, held);
  expected bigint := entry.rows_expected;
BEGIN
  changed := 0;
  EXECUTE range_sql INTO upto, seen USING entry.cursor, size;
  seen := coalesce(seen, 0);
  IF seen > 0 THEN
    EXECUTE change_sql USING entry.cursor, upto;
    GET DIAGNOSTICS changed = ROW_COUNT;
  END IF;
  finished := ringfence.end_batch(of_migration, of_tenant, held, upto, seen, changed, size, lease_seconds);
  -- Only of those that take long: somebody will want to know how long.
  IF finished THEN
    expected := entry.rows_done + seen;
  ELSIF expected IS NULL THEN
    EXECUTE count_sql INTO expected;
  END IF;
  IF expected IS DISTINCT FROM entry.rows_expected THEN
    UPDATE ringfence.migration_tenants AS t SET rows_expected = expected
      WHERE t.migration = of_migration AND t.tenant = of_tenant;
  END IF;
END
$run$;

CREATE FUNCTION ringfence.fail_tenant(of_migration text, of_tenant uuid, held bigint, code text,
    most_attempts integer, wait_seconds double precision) RETURNS text
  LANGUAGE plpgsql
  SET search_path = pg_catalog, pg_temp
AS $fail$
DECLARE
  became text;
BEGIN
  UPDATE ringfence.migration_tenants AS t
  SET state = CASE WHEN t.attempts + 1 >= most_attempts THEN 'quarantined' ELSE 'failed' END,
    attempts = t.attempts + 1, error_code = code, lease_owner = NULL, lease_until = NULL,
    -- Rows that came out wrong are done again from the beginning; after anything else it goes on.
    cursor = CASE WHEN code <> 'MISMATCH' THEN t.cursor END,
    rows_done = CASE WHEN code <> 'MISMATCH' THEN t.rows_done ELSE 0 END,
    not_before = clock_timestamp() + make_interval(secs => wait_seconds * power(2, t.attempts))
  WHERE t.migration = of_migration AND t.tenant = of_tenant AND t.fence = held AND t.lease_owner IS NOT NULL
  RETURNING t.state INTO became;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'the lease on this tenant was lost' USING ERRCODE = 'RF102';
  END IF;
  RETURN became;
END
$fail$;

CREATE FUNCTION ringfence.verify_tenant(of_migration text, of_tenant uuid, proof text, held bigint,
    check_sql text, most_attempts integer, wait_seconds double precision,
    OUT mismatches bigint, OUT checksum text, OUT state text)
  LANGUAGE plpgsql
AS $verify$
DECLARE
  entry ringfence.migration_tenants := ringfence.hold_lease(of_migration, of_tenant, held);
BEGIN
  IF entry.state NOT IN ('verifying', 'ready') THEN
    RAISE EXCEPTION 'this tenant is %', entry.state USING ERRCODE = 'RF101';
  END IF;
  CALL ringfence.bind(${bind});
  mismatches := 0;
  IF check_sql IS NOT NULL THEN
    EXECUTE check_sql INTO mismatches, checksum;
  END IF;
  IF mismatches IS DISTINCT FROM 0 THEN
    UPDATE ringfence.migration_tenants AS t SET mismatches = verify_tenant.mismatches
      WHERE t.migration = of_migration AND t.tenant = of_tenant;
    state := ringfence.fail_tenant(of_migration, of_tenant, held, 'MISMATCH', most_attempts, wait_seconds);
    RETURN;
  END IF;
  -- A rollback that is asked for meanwhile waits for this, or this finds it there.
  PERFORM FROM ringfence.migrations AS m WHERE m.name = of_migration AND m.state = 'rolling' FOR SHARE;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'the migration is stopped' USING ERRCODE = 'RF103';
  END IF;
  UPDATE ringfence.migration_tenants AS t SET state = 'ready', mismatches = 0, checksum = verify_tenant.checksum
    WHERE t.migration = of_migration AND t.tenant = of_tenant AND t.state = 'verifying';
  UPDATE ringfence.migration_tenants AS t
  SET state = 'switched', switched_at = clock_timestamp(), lease_owner = NULL, lease_until = NULL,
    requested = false, error_code = NULL
  WHERE t.migration = of_migration AND t.tenant = of_tenant AND t.fence = held;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'the lease on this tenant was lost' USING ERRCODE = 'RF102';
  END IF;
  state := 'switched';
END
$verify$;

${WORK_FUNCTIONS.map((one) => `REVOKE ALL ON FUNCTION ringfence.${one} FROM PUBLIC;`).join('\n')}`;
}

const WORK_FUNCTIONS = [
  'hold_lease(text, uuid, bigint)',
  'begin_batch(text, uuid, text, bigint)',
  'end_batch(text, uuid, bigint, text, integer, bigint, integer, double precision)',
  'run_batch(text, uuid, text, bigint, text, text, text, integer, double precision)',
  'fail_tenant(text, uuid, bigint, text, integer, double precision)',
  'verify_tenant(text, uuid, text, bigint, text, integer, double precision)',
];
