/** The states of a migration, in the order in which one that nothing stops goes through them. */
export const MIGRATION_STATES = [
  'draft',
  'linted',
  'expanding',
  'expanded',
  'rolling',
  'paused',
  'held',
  'complete',
  'soaking',
  'contracting',
  'contracted',
  'halted',
  'rolling_back',
  'rolled_back',
] as const;

/** Where a migration stands. */
export type MigrationState = (typeof MIGRATION_STATES)[number];

/** The states of one tenant in one migration. */
export const TENANT_STATES = [
  'pending',
  'backfilling',
  'verifying',
  'ready',
  'switched',
  'failed',
  'quarantined',
  'reverting',
] as const;

/** Where one tenant stands in one migration. */
export type TenantMigrationState = (typeof TENANT_STATES)[number];

/** The states of a ring: `watching` is all done and not yet through its gates. */
export const RING_STATES = ['waiting', 'open', 'watching', 'passed'] as const;

/** Where a ring stands. */
export type RingState = (typeof RING_STATES)[number];

/** From → to. What is not named here is refused by the database, whoever asks. */
export const MIGRATION_TRANSITIONS: Readonly<Record<MigrationState, readonly MigrationState[]>> = {
  draft: ['linted', 'halted'],
  linted: ['draft', 'expanding', 'halted'],
  expanding: ['expanded', 'linted', 'halted'],
  expanded: ['rolling', 'halted', 'rolling_back'],
  rolling: ['paused', 'held', 'complete', 'halted', 'rolling_back'],
  paused: ['rolling', 'halted', 'rolling_back'],
  held: ['rolling', 'paused', 'halted', 'rolling_back'],
  // Back to rolling: a tenant that was quarantined is tried again.
  complete: ['soaking', 'rolling', 'halted', 'rolling_back'],
  soaking: ['contracting', 'rolling', 'halted', 'rolling_back'],
  // Back to soaking: nothing of the file has stayed.
  contracting: ['contracted', 'soaking', 'halted'],
  contracted: [],
  // And back to where it was halted: see halted_from.
  halted: ['rolling_back'],
  rolling_back: ['rolled_back', 'halted'],
  rolled_back: ['rolling', 'halted'],
};

/** From → to, for one tenant. */
export const TENANT_TRANSITIONS: Readonly<
  Record<TenantMigrationState, readonly TenantMigrationState[]>
> = {
  pending: ['backfilling', 'quarantined'],
  backfilling: ['verifying', 'failed', 'quarantined', 'pending'],
  verifying: ['ready', 'failed', 'quarantined', 'pending'],
  ready: ['switched', 'failed', 'quarantined', 'pending'],
  switched: ['reverting'],
  failed: ['backfilling', 'pending', 'quarantined'],
  quarantined: ['pending'],
  reverting: ['pending', 'quarantined'],
};

/** From → to, for a ring. */
export const RING_TRANSITIONS: Readonly<Record<RingState, readonly RingState[]>> = {
  waiting: ['open'],
  open: ['watching', 'waiting'],
  watching: ['passed', 'open', 'waiting'],
  passed: ['open', 'waiting'],
};

/** As a text array literal of `from>to`: what the trigger is given. */
function arrows(transitions: Readonly<Record<string, readonly string[]>>): string {
  const all = Object.entries(transitions).flatMap(([from, to]) =>
    to.map((one) => `${from}>${one}`),
  );
  return `{${all.join(',')}}`;
}

const within = (states: readonly string[]): string =>
  states.map((state) => `'${state}'`).join(', ');

/** A CHECK of the column `state`. */
export const stateCheck = (states: readonly string[]): string => `state IN (${within(states)})`;

/**
 * The triggers that hold the ledger to its states, for the owner too, and write what changed into
 * `migration_acts`. A migration that is contracted takes the old shape away from everybody: so the step
 * there is refused while any tenant is not switched, and no tenant may be made meanwhile.
 */
export function migrationStatesSql(): string {
  return `CREATE FUNCTION ringfence.check_transition() RETURNS trigger
  LANGUAGE plpgsql
  SET search_path = pg_catalog, pg_temp
AS $check$
DECLARE
  legal text[] := TG_ARGV[0];
  first_ones text[] := TG_ARGV[1];
BEGIN
  IF TG_OP = 'INSERT' THEN
    IF NEW.state <> ALL (first_ones) THEN
      RAISE EXCEPTION 'nothing begins as %', NEW.state USING ERRCODE = 'RF101';
    END IF;
  ELSIF NEW.state <> OLD.state AND (OLD.state || '>' || NEW.state) <> ALL (legal)
    -- Only migrations can be halted, and go on where they were.
    AND (OLD.state = 'halted' AND NEW.state = to_jsonb(OLD) ->> 'halted_from') IS NOT TRUE THEN
    RAISE EXCEPTION 'the step from % to % is not possible', OLD.state, NEW.state
      USING ERRCODE = 'RF101';
  END IF;
  RETURN NEW;
END
$check$;

CREATE FUNCTION ringfence.mark_migration_step() RETURNS trigger
  LANGUAGE plpgsql
  SET search_path = pg_catalog, pg_temp
AS $step$
DECLARE
  waiting bigint;
BEGIN
  IF NEW.name <> OLD.name THEN
    RAISE EXCEPTION 'a migration keeps its name' USING ERRCODE = 'RF101';
  END IF;
  IF NEW.checksum <> OLD.checksum AND OLD.expanded_at IS NOT NULL THEN
    RAISE EXCEPTION 'the files of a migration that is expanded do not change' USING ERRCODE = 'RF101';
  END IF;
  IF NEW.state = OLD.state THEN
    RETURN NEW;
  END IF;
  NEW.changed_at := clock_timestamp();
  CASE NEW.state
    WHEN 'halted' THEN NEW.halted_from := OLD.state;
    WHEN 'expanded' THEN NEW.expanded_at := coalesce(OLD.expanded_at, clock_timestamp());
    WHEN 'contracted' THEN NEW.contracted_at := clock_timestamp();
    WHEN 'soaking' THEN
      NEW.soak_until := coalesce(NEW.soak_until, clock_timestamp()
        + make_interval(secs => coalesce((NEW.settings ->> 'soakSeconds')::double precision, 0)));
    WHEN 'rolling', 'rolling_back' THEN NEW.soak_until := NULL;
    WHEN 'contracting' THEN
      IF OLD.soak_until > clock_timestamp() THEN
        RAISE EXCEPTION 'it soaks until %', OLD.soak_until USING ERRCODE = 'RF105';
      END IF;
      -- Whoever makes a tenant now waits, and then finds it contracting.
      LOCK TABLE ringfence.tenants IN SHARE MODE;
      SELECT count(*) INTO waiting FROM ringfence.tenants AS t
        LEFT JOIN ringfence.migration_tenants AS m ON m.migration = NEW.name AND m.tenant = t.id
        WHERE m.state IS DISTINCT FROM 'switched';
      IF waiting > 0 THEN
        RAISE EXCEPTION '% tenants are not switched', waiting USING ERRCODE = 'RF105';
      END IF;
    ELSE NULL;
  END CASE;
  RETURN NEW;
END
$step$;

CREATE FUNCTION ringfence.record_migration_step() RETURNS trigger
  LANGUAGE plpgsql
  SET search_path = pg_catalog, pg_temp
AS $record$
DECLARE
  entry jsonb := to_jsonb(NEW);
BEGIN
  INSERT INTO ringfence.migration_acts (migration, ring, tenant, act, actor, reason, detail)
  VALUES (coalesce(entry ->> 'migration', entry ->> 'name'),
    CASE TG_TABLE_NAME WHEN 'migration_rings' THEN entry ->> 'name' END,
    (entry ->> 'tenant')::uuid, NEW.state,
    coalesce(nullif(current_setting('app.migration_actor', true), ''), session_user),
    coalesce(entry ->> 'reason', entry ->> 'error_code'),
    jsonb_build_object('from', CASE WHEN TG_OP = 'UPDATE' THEN to_jsonb(OLD) ->> 'state' END));
  RETURN NULL;
END
$record$;

CREATE FUNCTION ringfence.keep_migration_acts() RETURNS trigger
  LANGUAGE plpgsql
  SET search_path = pg_catalog, pg_temp
AS $keep$
BEGIN
  IF TG_OP <> 'INSERT' THEN
    RAISE EXCEPTION 'what was done is never changed or taken away' USING ERRCODE = '42501';
  END IF;
  -- The audit log is a migration of its own, and a database may be without it.
  IF to_regclass('ringfence.platform_log') IS NOT NULL THEN
    INSERT INTO ringfence.platform_log (tenant, action, object_type, details, actor_kind, actor_id)
    VALUES (NEW.tenant, NEW.act, 'migrations', jsonb_strip_nulls(NEW.detail || jsonb_build_object(
      'migration', NEW.migration, 'ring', NEW.ring, 'reason', NEW.reason)), 'operator', NEW.actor);
  END IF;
  RETURN NEW;
END
$keep$;

CREATE TRIGGER check_transition BEFORE INSERT OR UPDATE ON ringfence.migrations
  FOR EACH ROW EXECUTE FUNCTION ringfence.check_transition('${arrows(MIGRATION_TRANSITIONS)}', '{draft}');
-- Behind the other one, in the order of names: what is not legal is not looked at any further.
CREATE TRIGGER mark_step BEFORE UPDATE ON ringfence.migrations
  FOR EACH ROW EXECUTE FUNCTION ringfence.mark_migration_step();
CREATE TRIGGER check_transition BEFORE INSERT OR UPDATE ON ringfence.migration_rings
  FOR EACH ROW EXECUTE FUNCTION ringfence.check_transition('${arrows(RING_TRANSITIONS)}', '{waiting}');
CREATE TRIGGER check_transition BEFORE INSERT OR UPDATE OF state ON ringfence.migration_tenants
  FOR EACH ROW EXECUTE FUNCTION ringfence.check_transition('${arrows(TENANT_TRANSITIONS)}', '{pending,switched}');
CREATE TRIGGER record_step AFTER INSERT ON ringfence.migrations
  FOR EACH ROW EXECUTE FUNCTION ringfence.record_migration_step();
CREATE TRIGGER record_change AFTER UPDATE ON ringfence.migrations
  FOR EACH ROW WHEN (NEW.state <> OLD.state) EXECUTE FUNCTION ringfence.record_migration_step();
CREATE TRIGGER record_change AFTER UPDATE ON ringfence.migration_rings
  FOR EACH ROW WHEN (NEW.state <> OLD.state) EXECUTE FUNCTION ringfence.record_migration_step();
CREATE TRIGGER record_change AFTER UPDATE OF state ON ringfence.migration_tenants
  FOR EACH ROW WHEN (NEW.state <> OLD.state AND NEW.state IN ('switched', 'failed', 'quarantined', 'reverting'))
  EXECUTE FUNCTION ringfence.record_migration_step();
CREATE TRIGGER keep_acts BEFORE INSERT OR UPDATE OR DELETE ON ringfence.migration_acts
  FOR EACH ROW EXECUTE FUNCTION ringfence.keep_migration_acts();
CREATE TRIGGER keep_acts_truncate BEFORE TRUNCATE ON ringfence.migration_acts
  FOR EACH STATEMENT EXECUTE FUNCTION ringfence.keep_migration_acts();

REVOKE ALL ON FUNCTION ringfence.check_transition() FROM PUBLIC;
REVOKE ALL ON FUNCTION ringfence.mark_migration_step() FROM PUBLIC;
REVOKE ALL ON FUNCTION ringfence.record_migration_step() FROM PUBLIC;
REVOKE ALL ON FUNCTION ringfence.keep_migration_acts() FROM PUBLIC;`;
}
