import { PROOF_SETTING, TENANT_SETTING } from './binder.js';
import type { ContextTrust } from './context-keys.js';
import { quoteIdentifier, quoteLiteral, quoteQualified } from './identifier.js';
import { type RoleNames, roleNames } from './role-names.js';

/** The setting that says who acts, for one transaction only: JSON, see {@link actorClaim}. */
export const ACTOR_SETTING = 'app.current_actor';

/** The setting with the proof of {@link ACTOR_SETTING}. */
export const ACTOR_PROOF_SETTING = 'app.current_actor_proof';

/** Binds a transaction to a tenant and says who acts: tenant, proof, actor, proof of the actor. */
export const BIND_ACTOR_STATEMENT = 'CALL ringfence.bind($1, $2, $3, $4)';

/** What the process signs so that the database can tell who acts from what somebody says. */
export function actorSubject(tenantId: string, claim: string): string {
  return `actor:${tenantId}:${claim}`;
}

/** Which changes of a table become rows of the audit log. */
export interface AuditedTable {
  readonly name: string;
  /** Default `public`. */
  readonly schema?: string;
  /** Columns whose values are kept, before and after. Of all others only the name is. Default none. */
  readonly shown?: readonly string[];
  /** Columns that are not worth a row when nothing else has changed, and are never named. Default none. */
  readonly quiet?: readonly string[];
}

/**
 * Puts a table under the audit log: whatever way a row is inserted, updated or deleted (raw SQL, cascades,
 * many at once), the change and its rows in the log are one transaction.
 *
 * Triggers per statement: many rows are one INSERT into the log. TRUNCATE, which no application is
 * granted, becomes a row of the platform's log.
 *
 * @throws RingfenceError `IDENTIFIER_INVALID` for an impossible name.
 * @example
 * auditTriggersSql({ name: 'projects', shown: ['name'], quiet: ['version', 'updated_at'] });
 */
export function auditTriggersSql(table: AuditedTable): string {
  return triggers(table, 'ringfence.record_changes', [
    arrayLiteral(table.shown ?? []),
    arrayLiteral(table.quiet ?? []),
  ]);
}

function triggers(table: AuditedTable, recorder: string, args: readonly string[]): string {
  const qualified = quoteQualified(table.schema ?? 'public', table.name);
  const call = `EXECUTE FUNCTION ${recorder}(${args.map(quoteLiteral).join(', ')})`;
  return `CREATE TRIGGER audit_insert AFTER INSERT ON ${qualified}
  REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT ${call};
CREATE TRIGGER audit_update AFTER UPDATE ON ${qualified}
  REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT ${call};
CREATE TRIGGER audit_delete AFTER DELETE ON ${qualified}
  REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT ${call};
CREATE TRIGGER audit_truncate AFTER TRUNCATE ON ${qualified}
  FOR EACH STATEMENT EXECUTE FUNCTION ringfence.record_truncate();`;
}

function arrayLiteral(columns: readonly string[]): string {
  return `{${columns.map(quoteIdentifier).join(',')}}`;
}

/** The binder that also says who acts, the functions of the triggers, and the platform's own tables. */
export function recordingSql(
  roles: RoleNames = roleNames(),
  trust: ContextTrust = 'proven',
): string {
  const app = quoteIdentifier(roles.app);
  const proven = trust === 'proven';
  return `CREATE PROCEDURE ringfence.bind(tenant_id uuid, proof text, actor text, actor_proof text)
  LANGUAGE plpgsql
  SET search_path = pg_catalog, pg_temp
AS $bind$
DECLARE
  bound text := nullif(current_setting(${TENANT}, true), '');
BEGIN
  IF tenant_id IS NULL THEN
    RAISE EXCEPTION 'a transaction cannot be bound to no tenant' USING ERRCODE = 'RF002';
  END IF;
  IF bound <> tenant_id::text THEN
    RAISE EXCEPTION 'this transaction is bound to another tenant' USING ERRCODE = 'RF001';
  END IF;
  bound := set_config(${TENANT}, tenant_id::text, true);${proven ? `\n  bound := set_config(${PROOF}, proof, true);` : ''}
  bound := set_config(${ACTOR}, actor, true);
  bound := set_config(${ACTOR_PROOF}, actor_proof, true);
END
$bind$;

COMMENT ON PROCEDURE ringfence.bind(uuid, text, text, text) IS
  'As the other one, and says who acts: for transactions that may change something.';

REVOKE ALL ON PROCEDURE ringfence.bind(uuid, text, text, text) FROM PUBLIC;
GRANT EXECUTE ON PROCEDURE ringfence.bind(uuid, text, text, text) TO ${app};

CREATE FUNCTION ringfence.acting(bound uuid) RETURNS jsonb
  LANGUAGE plpgsql STABLE
  SET search_path = pg_catalog, pg_temp
AS $acting$
DECLARE
  said text := current_setting(${ACTOR}, true);
BEGIN
  IF said IS NULL OR said = '' THEN
    RETURN NULL;
  END IF;
  IF ringfence.is_proven('actor:' || bound || ':' || said, current_setting(${ACTOR_PROOF}, true)) IS NOT TRUE THEN
    RAISE EXCEPTION 'who acts in this transaction is not proven' USING ERRCODE = 'RF003';
  END IF;
  RETURN said::jsonb;
END
$acting$;

COMMENT ON FUNCTION ringfence.acting(uuid) IS
  'Who acts in this transaction, as the process has signed it; NULL when nobody said it.';

CREATE FUNCTION ringfence.changed_columns(was jsonb, became jsonb, quiet text[]) RETURNS text[]
  LANGUAGE sql IMMUTABLE
  SET search_path = pg_catalog, pg_temp
AS $changed$
  SELECT coalesce(array_agg(n.key ORDER BY n.key COLLATE "C"), '{}')
  FROM jsonb_each(became) AS n
  WHERE n.value IS DISTINCT FROM was -> n.key AND n.key <> ALL (quiet)
$changed$;

CREATE FUNCTION ringfence.shown_values(was jsonb, became jsonb, columns text[]) RETURNS jsonb
  LANGUAGE sql IMMUTABLE
  SET search_path = pg_catalog, pg_temp
AS $shown$
  SELECT coalesce(jsonb_object_agg(c, jsonb_build_array(was -> c, became -> c)), '{}')
  FROM unnest(columns) AS c
  WHERE coalesce(was, became) ? c AND was -> c IS DISTINCT FROM became -> c
$shown$;

CREATE FUNCTION ringfence.record_changes() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp
AS $record$
DECLARE
  bound uuid := ringfence.current_tenant_id();
  actor jsonb := ringfence.acting(bound);
  shown text[] := TG_ARGV[0];
  quiet text[] := TG_ARGV[1];
  -- Not known to the process: raw SQL on a connection that only bound its tenant.
  kind text := coalesce(actor ->> 'kind', 'unknown');
BEGIN
  IF TG_OP = 'INSERT' THEN
    INSERT INTO ringfence.audit_log
      (tenant_id, action, object_type, object_id, details, actor_kind, actor_id, actor_session, request_id)
    SELECT bound, 'insert', TG_TABLE_NAME, n.id,
      CASE WHEN shown = '{}' THEN '{}' ELSE ringfence.shown_values(NULL, to_jsonb(n), shown) END,
      kind, actor ->> 'id', actor ->> 'session', actor ->> 'request'
    FROM new_rows AS n WHERE n.tenant_id = bound;
    IF EXISTS (SELECT FROM new_rows AS n WHERE n.tenant_id IS DISTINCT FROM bound) THEN
      INSERT INTO ringfence.platform_log (tenant, action, object_type, object_id, actor_kind, actor_id)
      SELECT n.tenant_id, 'insert', TG_TABLE_NAME, n.id, 'login', current_setting('application_name')
      FROM new_rows AS n WHERE n.tenant_id IS DISTINCT FROM bound;
    END IF;
  ELSIF TG_OP = 'DELETE' THEN
    INSERT INTO ringfence.audit_log
      (tenant_id, action, object_type, object_id, details, actor_kind, actor_id, actor_session, request_id)
    SELECT bound, 'delete', TG_TABLE_NAME, o.id,
      CASE WHEN shown = '{}' THEN '{}' ELSE ringfence.shown_values(to_jsonb(o), NULL, shown) END,
      kind, actor ->> 'id', actor ->> 'session', actor ->> 'request'
    FROM old_rows AS o WHERE o.tenant_id = bound;
    IF EXISTS (SELECT FROM old_rows AS o WHERE o.tenant_id IS DISTINCT FROM bound) THEN
      INSERT INTO ringfence.platform_log (tenant, action, object_type, object_id, actor_kind, actor_id)
      SELECT o.tenant_id, 'delete', TG_TABLE_NAME, o.id, 'login', current_setting('application_name')
      FROM old_rows AS o WHERE o.tenant_id IS DISTINCT FROM bound;
    END IF;
  ELSE
    -- FULL: a row whose key was changed went away under one and came under the other.
    INSERT INTO ringfence.audit_log (tenant_id, action, object_type, object_id, changed, details,
      actor_kind, actor_id, actor_session, request_id)
    SELECT bound, c.action, TG_TABLE_NAME, c.id, c.changed,
      CASE WHEN shown = '{}' THEN '{}' ELSE ringfence.shown_values(c.was, c.became, shown) END,
      kind, actor ->> 'id', actor ->> 'session', actor ->> 'request'
    FROM (
      SELECT coalesce(n.id, o.id) AS id, coalesce(n.tenant_id, o.tenant_id) AS tenant_id,
        CASE WHEN n.id IS NULL THEN 'delete' WHEN o.id IS NULL THEN 'insert' ELSE 'update' END AS action,
        to_jsonb(o) AS was, to_jsonb(n) AS became,
        CASE WHEN n.id IS NULL OR o.id IS NULL THEN '{}'
          ELSE ringfence.changed_columns(to_jsonb(o), to_jsonb(n), quiet) END AS changed
      FROM old_rows AS o FULL JOIN new_rows AS n ON n.tenant_id = o.tenant_id AND n.id = o.id
    ) AS c
    WHERE c.tenant_id = bound AND (c.action <> 'update' OR c.changed <> '{}');
    IF EXISTS (SELECT FROM old_rows AS o WHERE o.tenant_id IS DISTINCT FROM bound)
      OR EXISTS (SELECT FROM new_rows AS n WHERE n.tenant_id IS DISTINCT FROM bound) THEN
      INSERT INTO ringfence.platform_log (tenant, action, object_type, object_id, changed, actor_kind, actor_id)
      SELECT c.tenant_id, c.action, TG_TABLE_NAME, c.id, c.changed, 'login', current_setting('application_name')
      FROM (
        SELECT coalesce(n.id, o.id) AS id, coalesce(n.tenant_id, o.tenant_id) AS tenant_id,
          CASE WHEN n.id IS NULL THEN 'delete' WHEN o.id IS NULL THEN 'insert' ELSE 'update' END AS action,
          CASE WHEN n.id IS NULL OR o.id IS NULL THEN '{}'
            ELSE ringfence.changed_columns(to_jsonb(o), to_jsonb(n), quiet) END AS changed
        FROM old_rows AS o FULL JOIN new_rows AS n ON n.tenant_id = o.tenant_id AND n.id = o.id
      ) AS c
      WHERE c.tenant_id IS DISTINCT FROM bound AND (c.action <> 'update' OR c.changed <> '{}');
    END IF;
  END IF;
  RETURN NULL;
END
$record$;

COMMENT ON FUNCTION ringfence.record_changes() IS
  'Writes the rows of a statement into the log of the bound tenant; those of no bound tenant into the platform''s.';

CREATE FUNCTION ringfence.record_truncate() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp
AS $truncate$
BEGIN
  INSERT INTO ringfence.platform_log (action, object_type, actor_kind, actor_id)
    VALUES ('truncate', TG_TABLE_NAME, 'login', current_setting('application_name'));
  RETURN NULL;
END
$truncate$;

CREATE FUNCTION ringfence.record_platform_changes() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp
AS $platform$
DECLARE
  bound uuid := ringfence.current_tenant_id();
  actor jsonb := ringfence.acting(bound);
  shown text[] := TG_ARGV[0];
  was jsonb := CASE WHEN TG_OP <> 'INSERT' THEN to_jsonb(OLD) END;
  became jsonb := CASE WHEN TG_OP <> 'DELETE' THEN to_jsonb(NEW) END;
BEGIN
  INSERT INTO ringfence.platform_log (tenant, action, object_type, object_id, changed, details,
    actor_kind, actor_id, actor_session, request_id)
  VALUES ((coalesce(became, was) ->> TG_ARGV[1])::uuid, lower(TG_OP), TG_TABLE_NAME,
    (coalesce(became, was) ->> 'id')::uuid,
    CASE WHEN TG_OP = 'UPDATE' THEN ringfence.changed_columns(was, became, '{}') ELSE '{}' END,
    ringfence.shown_values(was, became, shown), coalesce(actor ->> 'kind', 'login'),
    coalesce(actor ->> 'id', current_setting('application_name')), actor ->> 'session', actor ->> 'request');
  RETURN NULL;
END
$platform$;

COMMENT ON FUNCTION ringfence.record_platform_changes() IS
  'Writes a change of one of the platform''s own tables into platform_log.';

REVOKE ALL ON FUNCTION ringfence.acting(uuid) FROM PUBLIC;
REVOKE ALL ON FUNCTION ringfence.changed_columns(jsonb, jsonb, text[]) FROM PUBLIC;
REVOKE ALL ON FUNCTION ringfence.shown_values(jsonb, jsonb, text[]) FROM PUBLIC;
REVOKE ALL ON FUNCTION ringfence.record_changes() FROM PUBLIC;
REVOKE ALL ON FUNCTION ringfence.record_truncate() FROM PUBLIC;
REVOKE ALL ON FUNCTION ringfence.record_platform_changes() FROM PUBLIC;

${PLATFORM_TABLES.filter(({ name }) => proven || name !== 'context_keys')
  .map(platformTrigger)
  .join('\n')}`;
}

/** The platform's tables, the values of them that are kept, and which column names the tenant. */
const PLATFORM_TABLES = [
  { name: 'tenants', shown: ['slug', 'host', 'name', 'state'], tenant: 'id' },
  { name: 'tenant_domains', shown: ['domain', 'tenant'], tenant: 'tenant' },
  { name: 'context_keys', shown: ['kid'], tenant: '' },
] as const;

function platformTrigger({ name, shown, tenant }: (typeof PLATFORM_TABLES)[number]): string {
  return `CREATE TRIGGER audit_change AFTER INSERT OR UPDATE OR DELETE ON ringfence.${quoteIdentifier(name)}
  FOR EACH ROW EXECUTE FUNCTION ringfence.record_platform_changes(${quoteLiteral(arrayLiteral(shown))}, ${quoteLiteral(tenant)});
CREATE TRIGGER audit_truncate AFTER TRUNCATE ON ringfence.${quoteIdentifier(name)}
  FOR EACH STATEMENT EXECUTE FUNCTION ringfence.record_truncate();`;
}

const TENANT = quoteLiteral(TENANT_SETTING);
const PROOF = quoteLiteral(PROOF_SETTING);
const ACTOR = quoteLiteral(ACTOR_SETTING);
const ACTOR_PROOF = quoteLiteral(ACTOR_PROOF_SETTING);
