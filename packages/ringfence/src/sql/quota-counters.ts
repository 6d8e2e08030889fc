/** Into how many parts a counter is split while many writers of one tenant are far from its limit. */
const PARTS = 8;

/**
 * The counters of quotas, and how one is counted on without two writers passing the limit together.
 *
 * A counter is one row, which its writers lock one after the other, until two of them meet and there is
 * plenty of room: then it is split into {@link PARTS} parts, each of which may hold that share of what is
 * allowed, so whoever has locked one part knows that all of them together stay below the limit without
 * looking at the others. When a part is full all are locked, in one order, and counted together: there is
 * room, and they are evened out; there is little, and they become one row again; there is none, and the
 * statement fails. So nothing is refused that would have fitted, also beside transactions that end in
 * a rollback: they are waited for.
 *
 * Parts are locked without waiting, or in their order. A part that was locked and had no room is let go
 * by rolling back to before: a lock that is kept while one waits for another would be a circle.
 *
 * @see PostgreSQL manual, 13.3.2 "Row-Level Locks", SELECT "The Locking Clause" (`SKIP LOCKED`)
 */
export function useQuotaSql(): string {
  return `CREATE TABLE ringfence.quota_usage (
  "tenant" uuid NOT NULL,
  "quota" text NOT NULL REFERENCES ringfence.quotas ("name"),
  "part" smallint NOT NULL,
  -- How many parts there are now: the same in all of them.
  "parts" smallint NOT NULL,
  -- A single part may be below zero: what was counted on one may be taken off another.
  "used" bigint NOT NULL,
  CONSTRAINT quota_usage_pkey PRIMARY KEY ("tenant", "quota", "part")
) WITH (fillfactor = 50);
COMMENT ON TABLE ringfence.quota_usage IS
  'How much of each quota a tenant has, in one part or several. Written by triggers alone.';

CREATE FUNCTION ringfence.lock_usage(of_tenant uuid, of_quota text) RETURNS bigint
  LANGUAGE plpgsql
  SET search_path = pg_catalog, pg_temp
AS $lock$
BEGIN
  INSERT INTO ringfence.quota_usage (tenant, quota, part, parts, used)
    VALUES (of_tenant, of_quota, 0, 1, 0) ON CONFLICT DO NOTHING;
  -- Statements of their own: whoever holds the first part may have made others, or taken them away.
  PERFORM FROM ringfence.quota_usage AS u
    WHERE u.tenant = of_tenant AND u.quota = of_quota AND u.part = 0 FOR NO KEY UPDATE;
  PERFORM FROM ringfence.quota_usage AS u
    WHERE u.tenant = of_tenant AND u.quota = of_quota ORDER BY u.part FOR NO KEY UPDATE;
  RETURN (SELECT sum(u.used) FROM ringfence.quota_usage AS u
    WHERE u.tenant = of_tenant AND u.quota = of_quota);
END
$lock$;

COMMENT ON FUNCTION ringfence.lock_usage(uuid, text) IS
  'Waits for everybody who counts on a counter, and says where it stands.';

CREATE FUNCTION ringfence.add_usage(of_tenant uuid, of_quota text, amount bigint) RETURNS void
  LANGUAGE plpgsql
  SET search_path = pg_catalog, pg_temp
AS $add$
DECLARE
  total bigint := ringfence.lock_usage(of_tenant, of_quota) + amount;
BEGIN
  DELETE FROM ringfence.quota_usage AS u
    WHERE u.tenant = of_tenant AND u.quota = of_quota AND u.part > 0;
  UPDATE ringfence.quota_usage AS u SET used = total, parts = 1
    WHERE u.tenant = of_tenant AND u.quota = of_quota AND u.part = 0;
END
$add$;

COMMENT ON FUNCTION ringfence.add_usage(uuid, text, bigint) IS
  'Puts a counter where it belongs, whatever is allowed: for rows that were there before it.';

CREATE FUNCTION ringfence.use_quota(of_tenant uuid, of_quota text, amount bigint) RETURNS void
  LANGUAGE plpgsql
  SET search_path = pg_catalog, pg_temp
AS $use$
DECLARE
  allowed bigint;
  mine record;
  met boolean := false;
  total bigint;
BEGIN
  IF amount = 0 THEN
    RETURN;
  END IF;
  allowed := ringfence.allowed_quota(of_tenant, of_quota);
  SELECT u.used, u.parts INTO mine FROM ringfence.quota_usage AS u
    WHERE u.tenant = of_tenant AND u.quota = of_quota AND u.part = 0
    FOR NO KEY UPDATE SKIP LOCKED;
  IF FOUND THEN
    IF amount < 0 OR allowed IS NULL OR mine.used + amount <= allowed / mine.parts THEN
      UPDATE ringfence.quota_usage AS u SET used = u.used + amount
        WHERE u.tenant = of_tenant AND u.quota = of_quota AND u.part = 0;
      RETURN;
    END IF;
  ELSE
    SELECT u.parts INTO mine FROM ringfence.quota_usage AS u
      WHERE u.tenant = of_tenant AND u.quota = of_quota AND u.part = 0;
    met := FOUND;
    IF mine.parts > 1 THEN
      BEGIN
        SELECT u.part, u.parts, u.used INTO mine FROM ringfence.quota_usage AS u
          WHERE u.tenant = of_tenant AND u.quota = of_quota
          ORDER BY u.part = pg_backend_pid() % ${PARTS} DESC LIMIT 1
          FOR NO KEY UPDATE SKIP LOCKED;
        IF NOT FOUND THEN
          SELECT u.part, u.parts, u.used INTO mine FROM ringfence.quota_usage AS u
            WHERE u.tenant = of_tenant AND u.quota = of_quota AND u.part = pg_backend_pid() % ${PARTS}
            FOR NO KEY UPDATE;
        END IF;
        IF FOUND AND (amount < 0 OR allowed IS NULL OR mine.used + amount <= allowed / mine.parts) THEN
          UPDATE ringfence.quota_usage AS u SET used = u.used + amount
            WHERE u.tenant = of_tenant AND u.quota = of_quota AND u.part = mine.part;
          RETURN;
        END IF;
        RAISE EXCEPTION 'no room in this part' USING ERRCODE = 'RF006';
      EXCEPTION WHEN SQLSTATE 'RF006' THEN
        -- The lock on it is gone with what was done in this block.
        NULL;
      END;
    END IF;
  END IF;

  total := ringfence.lock_usage(of_tenant, of_quota) + amount;
  IF amount > 0 AND total > allowed THEN
    RAISE EXCEPTION 'the quota % of % is used up', of_quota, allowed
      USING ERRCODE = 'RF005';
  END IF;
  SELECT u.parts INTO mine FROM ringfence.quota_usage AS u
    WHERE u.tenant = of_tenant AND u.quota = of_quota AND u.part = 0;
  IF (mine.parts > 1 OR met)
    AND (allowed IS NULL OR (total <= allowed - allowed / 4 AND allowed - total >= 64 * abs(amount))) THEN
    INSERT INTO ringfence.quota_usage AS u (tenant, quota, part, parts, used)
    SELECT of_tenant, of_quota, n, ${PARTS}, total / ${PARTS} + CASE WHEN n = 0 THEN total % ${PARTS} ELSE 0 END
    FROM generate_series(0, ${PARTS - 1}) AS n
    ON CONFLICT (tenant, quota, part) DO UPDATE SET parts = excluded.parts, used = excluded.used;
  ELSE
    PERFORM ringfence.add_usage(of_tenant, of_quota, amount);
  END IF;
END
$use$;

COMMENT ON FUNCTION ringfence.use_quota(uuid, text, bigint) IS
  'Counts on a counter of a tenant, or fails (RF005) when that is more than it may have.';`;
}
