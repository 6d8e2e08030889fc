import { quoteIdentifier } from './identifier.js';
import { type RoleNames, roleNames } from './role-names.js';

/** What people may ask of a migration. */
export const MIGRATION_ACTS = [
  'start',
  'pause',
  'resume',
  'approve',
  'request',
  'retry',
  'skip',
  'rollback',
  'stop',
  'halt',
  'release',
] as const;

/** One of {@link MIGRATION_ACTS}. */
export type MigrationAct = (typeof MIGRATION_ACTS)[number];

/** `$1` act, `$2` migration or `*`, `$3` actor, `$4` reason, `$5` tenant, `$6` name of a ring. */
export const ASK_MIGRATION_STATEMENT =
  'SELECT ringfence.ask_migration($1, $2, $3, $4, $5, $6)::text AS id';

/** `$1` node, `$2` version, `$3` requests, `$4` errors, `$5` p95 in microseconds, `$6` proof of {@link nodeSubject}. */
export const REPORT_NODE_STATEMENT = 'SELECT ringfence.report_node($1, $2, $3, $4, $5, $6)';

/** The migrations that the bound tenant is switched to: one row, an array of names. */
export const SWITCHED_MIGRATIONS_STATEMENT = 'SELECT ringfence.switched_migrations() AS names';

/** What a process of the application says of itself, for the time since it said so before. */
export interface NodeReport {
  /** Unique among the nodes that live at the same time. */
  readonly node: string;
  readonly version: string;
  readonly requests: number;
  /** Of them, those that failed by the service's own fault. */
  readonly errors: number;
  /** The 95th percentile of how long they took, in whole microseconds. */
  readonly p95Micros: number;
}

/** What is signed so that the database believes a node's report. */
export function nodeSubject(report: NodeReport): string {
  const { node, version, requests, errors, p95Micros } = report;
  return `node-report:${node}:${version}:${requests}:${errors}:${p95Micros}`;
}

/**
 * What may be asked of the ledger by those who may not write it: the operator asks for acts, the
 * application reads what the bound tenant is switched to and reports its nodes.
 *
 * A rollback switches everybody back in the transaction that asks for it: both shapes are kept until the
 * contract, so it is a flag and no work. Who asks for something impossible gets RF101, for something
 * unknown RF104.
 */
export function migrationAsksSql(roles: RoleNames = roleNames()): string {
  const [app, operator] = [roles.app, roles.operator].map(quoteIdentifier);
  return `CREATE FUNCTION ringfence.ask_migration(act text, of_migration text, actor text, why text DEFAULT NULL,
    of_tenant uuid DEFAULT NULL, of_ring text DEFAULT NULL) RETURNS bigint
  LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp
AS $ask$
DECLARE
  entry ringfence.migrations;
  done bigint := 1;
  act_id bigint;
BEGIN
  IF coalesce(actor, '') = '' THEN
    RAISE EXCEPTION 'an act needs an actor' USING ERRCODE = 'RF104';
  END IF;
  PERFORM set_config('app.migration_actor', actor, true);
  -- The kill switch waits for no lock of a migration.
  IF act IN ('stop', 'halt') THEN
    INSERT INTO ringfence.migration_control (migration, actor, reason) VALUES (of_migration, actor, why)
      ON CONFLICT (migration) DO NOTHING;
  ELSIF act IN ('release', 'resume', 'start', 'rollback') THEN
    DELETE FROM ringfence.migration_control AS c WHERE c.migration = of_migration;
  END IF;
  IF of_migration = '*' THEN
    IF act NOT IN ('stop', 'release') THEN
      RAISE EXCEPTION 'this cannot be asked of all migrations' USING ERRCODE = 'RF104';
    END IF;
  ELSE
    SELECT * INTO entry FROM ringfence.migrations AS m WHERE m.name = of_migration;
    IF entry.name IS NULL THEN
      RAISE EXCEPTION 'there is no such migration' USING ERRCODE = 'RF104';
    END IF;
    CASE act
      WHEN 'start' THEN
        UPDATE ringfence.migrations AS m SET state = 'rolling', reason = NULL, advancing = true
          WHERE m.name = of_migration;
      WHEN 'pause' THEN
        UPDATE ringfence.migrations AS m SET state = 'paused', reason = why WHERE m.name = of_migration;
      WHEN 'resume', 'release' THEN
        UPDATE ringfence.migrations AS m SET reason = NULL,
          state = CASE WHEN m.state <> 'halted' THEN 'rolling' ELSE m.halted_from END
          WHERE m.name = of_migration AND (act = 'resume' OR m.state = 'halted');
      WHEN 'stop' THEN NULL;
      WHEN 'halt' THEN
        UPDATE ringfence.migrations AS m SET state = 'halted', reason = why
          WHERE m.name = of_migration AND m.state <> 'halted';
      WHEN 'approve' THEN
        UPDATE ringfence.migration_rings AS r SET approved_by = actor, approved_at = clock_timestamp()
          WHERE r.migration = of_migration AND r.name = of_ring;
        GET DIAGNOSTICS done = ROW_COUNT;
      WHEN 'request' THEN
        IF entry.state IN ('expanded', 'rolled_back', 'complete', 'soaking') THEN
          UPDATE ringfence.migrations AS m SET state = 'rolling', reason = NULL, advancing = false
            WHERE m.name = of_migration;
        END IF;
        IF of_tenant IS NULL THEN
          UPDATE ringfence.migration_rings AS r SET requested = true
            WHERE r.migration = of_migration AND r.name = of_ring;
        ELSE
          INSERT INTO ringfence.migration_tenants AS t (migration, tenant, requested)
            SELECT of_migration, d.id, true FROM ringfence.tenants AS d WHERE d.id = of_tenant
            ON CONFLICT (migration, tenant) DO UPDATE SET requested = t.state <> 'switched', not_before = NULL;
        END IF;
        GET DIAGNOSTICS done = ROW_COUNT;
      WHEN 'retry' THEN
        UPDATE ringfence.migration_tenants AS t
          SET state = 'pending', attempts = 0, not_before = NULL, cursor = NULL, rows_done = 0, rows_changed = 0,
            error_code = NULL, lease_owner = NULL, lease_until = NULL, fence = t.fence + 1,
            -- Its ring may be closed by now.
            requested = true
          WHERE t.migration = of_migration AND t.state IN ('failed', 'quarantined')
            AND (t.tenant = of_tenant OR of_tenant IS NULL AND (of_ring IS NULL OR t.ring IN (
              SELECT r.position FROM ringfence.migration_rings AS r
              WHERE r.migration = of_migration AND r.name = of_ring)));
        GET DIAGNOSTICS done = ROW_COUNT;
        IF done > 0 AND entry.state IN ('complete', 'soaking') THEN
          UPDATE ringfence.migrations AS m SET state = 'rolling' WHERE m.name = of_migration;
        END IF;
      WHEN 'skip' THEN
        UPDATE ringfence.migration_tenants AS t
          SET state = 'quarantined', error_code = 'SKIPPED', requested = false,
            lease_owner = NULL, lease_until = NULL, fence = t.fence + 1
          WHERE t.migration = of_migration AND t.tenant = of_tenant
            AND t.state NOT IN ('switched', 'quarantined');
        GET DIAGNOSTICS done = ROW_COUNT;
      WHEN 'rollback' THEN
        IF of_tenant IS NULL THEN
          UPDATE ringfence.migrations AS m SET state = 'rolling_back', reason = why, advancing = false
            WHERE m.name = of_migration;
        END IF;
        UPDATE ringfence.migration_tenants AS t
          SET state = 'reverting', error_code = CASE WHEN of_tenant IS NULL THEN NULL ELSE 'ROLLED_BACK' END
          WHERE t.migration = of_migration AND t.state = 'switched'
            AND (of_tenant IS NULL OR t.tenant = of_tenant);
        GET DIAGNOSTICS done = ROW_COUNT;
        IF of_tenant IS NULL THEN
          done := 1;
        ELSIF entry.state IN ('complete', 'soaking') THEN
          UPDATE ringfence.migrations AS m SET state = 'rolling', advancing = false WHERE m.name = of_migration;
        END IF;
        -- Nodes that remember who is switched ask again now.
        PERFORM pg_notify('ringfence_changes', '');
      ELSE
        RAISE EXCEPTION 'there is no such act' USING ERRCODE = 'RF104';
    END CASE;
    IF done = 0 THEN
      RAISE EXCEPTION 'there is nothing that this could be done to' USING ERRCODE = 'RF104';
    END IF;
  END IF;
  INSERT INTO ringfence.migration_acts (migration, ring, tenant, act, actor, reason)
    VALUES (of_migration, of_ring, of_tenant, 'ask:' || act, actor, why) RETURNING id INTO act_id;
  RETURN act_id;
END
$ask$;

COMMENT ON FUNCTION ringfence.ask_migration(text, text, text, text, uuid, text) IS
  'What people ask of a migration: in one transaction with its record, which names who asked.';

CREATE FUNCTION ringfence.switched_migrations() RETURNS text[]
  LANGUAGE sql STABLE SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp
AS $switched$
  SELECT coalesce(array_agg(m.name ORDER BY m.name), '{}')
  FROM ringfence.migrations AS m
  WHERE ringfence.current_tenant_id() IS NOT NULL AND (m.state = 'contracted' OR EXISTS (
    SELECT FROM ringfence.migration_tenants AS t
    WHERE t.migration = m.name AND t.tenant = ringfence.current_tenant_id() AND t.state = 'switched'))
$switched$;

COMMENT ON FUNCTION ringfence.switched_migrations() IS
  'The migrations that the bound tenant is switched to; of other tenants it says nothing.';

CREATE FUNCTION ringfence.report_node(of_node text, its_version text, saw_requests bigint, saw_errors bigint,
    saw_p95_us bigint, proof text) RETURNS void
  LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp
AS $report$
BEGIN
  IF ringfence.is_proven('node-report:' || of_node || ':' || its_version || ':' || saw_requests || ':'
      || saw_errors || ':' || saw_p95_us, proof) IS NOT TRUE THEN
    RAISE EXCEPTION 'this report is not proven' USING ERRCODE = 'RF003';
  END IF;
  INSERT INTO ringfence.migration_nodes AS n (node, version) VALUES (of_node, its_version)
    ON CONFLICT (node) DO UPDATE SET version = excluded.version, seen_at = clock_timestamp();
  INSERT INTO ringfence.migration_signals (node, requests, errors, p95_us)
    VALUES (of_node, saw_requests, saw_errors, saw_p95_us) ON CONFLICT DO NOTHING;
  DELETE FROM ringfence.migration_signals AS s
    WHERE s.node = of_node AND s.at < clock_timestamp() - interval '1 day';
END
$report$;

COMMENT ON FUNCTION ringfence.report_node(text, text, bigint, bigint, bigint, text) IS
  'A process of the application says that it lives, and what it saw: signed, or nothing is written.';

CREATE FUNCTION ringfence.bear_switched() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp
AS $bear$
BEGIN
  INSERT INTO ringfence.migration_tenants (migration, tenant, state, switched_at)
  SELECT m.name, NEW.id, b.state, CASE b.state WHEN 'switched' THEN clock_timestamp() END
  FROM ringfence.migrations AS m, LATERAL (SELECT CASE WHEN m.state IN ('rolling_back', 'rolled_back', 'halted')
    THEN 'pending' ELSE 'switched' END AS state) AS b
  WHERE m.expanded_at IS NOT NULL AND m.contracted_at IS NULL;
  RETURN NULL;
END
$bear$;

COMMENT ON FUNCTION ringfence.bear_switched() IS
  'A tenant that is made after the schema was expanded has no old rows: it begins at the newest shape.';

CREATE TRIGGER bear_switched AFTER INSERT ON ringfence.tenants
  FOR EACH ROW EXECUTE FUNCTION ringfence.bear_switched();

REVOKE ALL ON FUNCTION ringfence.ask_migration(text, text, text, text, uuid, text) FROM PUBLIC;
REVOKE ALL ON FUNCTION ringfence.switched_migrations() FROM PUBLIC;
REVOKE ALL ON FUNCTION ringfence.report_node(text, text, bigint, bigint, bigint, text) FROM PUBLIC;
REVOKE ALL ON FUNCTION ringfence.bear_switched() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ringfence.ask_migration(text, text, text, text, uuid, text) TO ${operator};
GRANT EXECUTE ON FUNCTION ringfence.switched_migrations() TO ${app};
GRANT EXECUTE ON FUNCTION ringfence.report_node(text, text, bigint, bigint, bigint, text) TO ${app};`;
}
