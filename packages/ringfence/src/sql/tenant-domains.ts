import type { ContextTrust } from './context-keys.js';
import { UUID_PATTERN } from './directory.js';
import { quoteIdentifier } from './identifier.js';
import { type RoleNames, roleNames } from './role-names.js';

/** Makes a domain the bound tenant's; `$1` the domain, `$2` the proof of {@link domainSubject}. */
export const ACTIVATE_DOMAIN_STATEMENT = 'SELECT ringfence.activate_domain($1::text, $2::text)';

/** Gives up a domain of the bound tenant; `$1` is the domain. */
export const DEACTIVATE_DOMAIN_STATEMENT = 'SELECT ringfence.deactivate_domain($1::text)';

/** The active domains of the bound tenant. */
export const OWN_DOMAINS_STATEMENT = 'SELECT domain FROM ringfence.own_domains() ORDER BY domain';

/** What is signed so that the database takes a domain for a tenant's: see `activate_domain`. */
export function domainSubject(tenantId: string, domain: string): string {
  return `activate-domain:${tenantId}:${domain}`;
}

/** Labels of letters, digits and inner hyphens; the last one holds a letter, so no IPv4 address. */
const HOST_NAME = "'^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?[.])+[a-z0-9-]*[a-z][a-z0-9-]*$'";

/**
 * Domains that tenants have proven to be theirs. The database cannot ask DNS: it believes the process,
 * which signs "this domain, this tenant" with the key of the tenant context. So SQL that is injected
 * into a tenant's request can neither take a domain nor learn whose it is. The newest proof wins:
 * whoever controls the DNS of a domain says whom it names. Hosts that the platform gave
 * (`tenants.host`) come before domains.
 *
 * @param trust in an unproven database nothing is verified here either.
 */
export function tenantDomainsSql(
  roles: RoleNames = roleNames(),
  trust: ContextTrust = 'proven',
): string {
  const app = quoteIdentifier(roles.app);
  return `CREATE TABLE ringfence.tenant_domains (
  domain text PRIMARY KEY,
  -- Not named as in tenant tables: everything with a tenant_id stands under row-level security.
  tenant uuid NOT NULL REFERENCES ringfence.tenants (id) ON DELETE CASCADE,
  activated_at timestamptz(3) NOT NULL DEFAULT now(),
  CONSTRAINT tenant_domains_domain_is_host_name
    CHECK (domain ~ ${HOST_NAME} AND octet_length(domain) <= 253)
);
CREATE INDEX tenant_domains_tenant_idx ON ringfence.tenant_domains (tenant);

COMMENT ON TABLE ringfence.tenant_domains IS
  'Domains that tenants have proven to be theirs: never readable or writable by the application.';

REVOKE ALL ON ringfence.tenant_domains FROM PUBLIC;
GRANT SELECT, DELETE ON ringfence.tenant_domains TO ${quoteIdentifier(roles.operator)};

CREATE OR REPLACE FUNCTION ringfence.find_tenant(tenant_name text)
  RETURNS TABLE (id uuid, slug text, state text)
  LANGUAGE sql STABLE SECURITY DEFINER ROWS 1
  SET search_path = pg_catalog, pg_temp
AS $find$
  SELECT t.id, t.slug, t.state
  FROM ringfence.tenants AS t
  WHERE t.slug = lower(tenant_name) OR t.host = lower(tenant_name)
    OR t.id = CASE WHEN lower(tenant_name) ~ ${UUID_PATTERN} THEN tenant_name::uuid END
    OR t.id = (SELECT d.tenant FROM ringfence.tenant_domains AS d
               WHERE d.domain = lower(tenant_name))
  -- A host holds a dot and a slug cannot, and no slug is a UUID: two rows answer only when the
  -- platform gave a host that is another tenant's domain, and then the platform is right.
  ORDER BY (t.host = lower(tenant_name)) IS TRUE DESC
  LIMIT 1
$find$;

${trust === 'proven' ? VERIFYING : BELIEVING}

COMMENT ON FUNCTION ringfence.is_proven(text, text) IS
  'Has the process signed this subject? For the machinery itself: nobody else may ask.';

CREATE FUNCTION ringfence.activate_domain(domain_name text, proof text) RETURNS void
  LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp
AS $activate$
DECLARE
  bound uuid := ringfence.current_tenant_id();
BEGIN
  IF bound IS NULL THEN
    RAISE EXCEPTION 'a domain needs a tenant' USING ERRCODE = 'RF002';
  END IF;
  -- Before anything is looked up: without a proof there is no answer to learn from.
  IF ringfence.is_proven('activate-domain:' || bound || ':' || domain_name, proof) IS NOT TRUE THEN
    RAISE EXCEPTION 'the ownership of this domain is not proven' USING ERRCODE = 'RF003';
  END IF;
  IF EXISTS (SELECT FROM ringfence.tenants AS t WHERE t.host = domain_name AND t.id <> bound) THEN
    RAISE EXCEPTION 'the platform gave this host to another tenant' USING ERRCODE = '23505';
  END IF;
  INSERT INTO ringfence.tenant_domains AS d (domain, tenant) VALUES (domain_name, bound)
    ON CONFLICT (domain) DO UPDATE SET tenant = excluded.tenant, activated_at = now()
    WHERE d.tenant <> excluded.tenant;
END
$activate$;

COMMENT ON FUNCTION ringfence.activate_domain(text, text) IS
  'Makes a domain name the bound tenant, if the process has signed that it proved to be theirs.';

CREATE FUNCTION ringfence.deactivate_domain(domain_name text) RETURNS void
  LANGUAGE sql SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp
AS $deactivate$
  DELETE FROM ringfence.tenant_domains AS d
  WHERE d.domain = domain_name AND d.tenant = ringfence.current_tenant_id()
$deactivate$;

COMMENT ON FUNCTION ringfence.deactivate_domain(text) IS
  'Gives up a domain of the bound tenant; says nothing about anybody else''s.';

CREATE FUNCTION ringfence.own_domains() RETURNS TABLE (domain text)
  LANGUAGE sql STABLE SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp
AS $own$
  SELECT d.domain FROM ringfence.tenant_domains AS d
  WHERE d.tenant = ringfence.current_tenant_id()
$own$;

COMMENT ON FUNCTION ringfence.own_domains() IS 'The active domains of the bound tenant.';

REVOKE ALL ON FUNCTION ringfence.is_proven(text, text) FROM PUBLIC;
REVOKE ALL ON FUNCTION ringfence.activate_domain(text, text) FROM PUBLIC;
REVOKE ALL ON FUNCTION ringfence.deactivate_domain(text) FROM PUBLIC;
REVOKE ALL ON FUNCTION ringfence.own_domains() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ringfence.activate_domain(text, text) TO ${app};
GRANT EXECUTE ON FUNCTION ringfence.deactivate_domain(text) TO ${app};
GRANT EXECUTE ON FUNCTION ringfence.own_domains() TO ${app};`;
}

const BELIEVING = `CREATE FUNCTION ringfence.is_proven(subject text, proof text) RETURNS boolean
  LANGUAGE sql STABLE
  RETURN true;`;

/** As `current_tenant_id()` verifies; no subject looks like a tenant id, so neither proof is the other. */
const VERIFYING = `CREATE FUNCTION ringfence.is_proven(subject text, proof text) RETURNS boolean
  LANGUAGE plpgsql STABLE
  SET search_path = pg_catalog, pg_temp
AS $proven$
DECLARE
  signer text := split_part(proof, '.', 1);
  expiry text := split_part(proof, '.', 2);
  inner_pad bytea;
  outer_pad bytea;
BEGIN
  SELECT k.inner_pad, k.outer_pad INTO inner_pad, outer_pad
    FROM ringfence.context_keys AS k WHERE k.kid = signer;
  IF (encode(sha256(outer_pad || sha256(inner_pad ||
      convert_to(subject || '.' || signer || '.' || expiry, 'UTF8'))), 'hex')
      = split_part(proof, '.', 3)) IS NOT TRUE THEN
    RETURN false;
  END IF;
  RETURN to_timestamp(expiry::bigint) >= now();
END
$proven$;`;
