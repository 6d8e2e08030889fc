import { CURRENT_TENANT } from './binder.js';
import { quoteIdentifier } from './identifier.js';

/** The names of the canonical pair, the same on every tenant table. */
export const POLICY_NAMES = {
  /** RESTRICTIVE: no later permissive policy can widen it. */
  guard: 'tenant_isolation',
  /** PERMISSIVE: what lets a tenant's own rows through. */
  access: 'tenant_access',
} as const;

/**
 * Enables and forces row-level security on a table and creates the canonical policies.
 *
 * Both policies are FOR ALL TO PUBLIC with one and the same expression in USING and WITH CHECK: the
 * restrictive one survives a later lax policy, the permissive one survives a dropped guard, PUBLIC
 * leaves no role out and nothing for DROP OWNED to remove (CVE-2026-116311), and the same text is
 * evaluated once per statement. FORCE, because the owner of a table passes its policies otherwise.
 *
 * @param table the quoted, qualified table name.
 * @see PostgreSQL manual, 5.9 "Row Security Policies"
 */
export function tenantPolicySql(table: string): string {
  const rule = `"tenant_id" = ${CURRENT_TENANT}`;
  const policy = (name: string, kind: string): string =>
    `CREATE POLICY ${quoteIdentifier(name)} ON ${table} AS ${kind} FOR ALL TO PUBLIC
  USING (${rule})
  WITH CHECK (${rule});`;
  return `ALTER TABLE ${table} ENABLE ROW LEVEL SECURITY;
ALTER TABLE ${table} FORCE ROW LEVEL SECURITY;
${policy(POLICY_NAMES.guard, 'RESTRICTIVE')}
${policy(POLICY_NAMES.access, 'PERMISSIVE')}`;
}
