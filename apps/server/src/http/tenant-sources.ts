import { fromPath, standardResolvers, type TenantResolver } from 'ringfence/context';

/**
 * Every route answers below `/t/<tenant>` as well: `/t/acme/documents` is `/documents` of acme. The
 * adapter takes the prefix away before the router looks, so each route stands once in the code and in the
 * OpenAPI document, which names the prefix as a server.
 */
export const TENANT_PATH = fromPath('/t/:tenant');

/** Where requests may name their tenant besides the token: docs/tenant-resolution.md. */
export function tenantResolvers(baseDomains: readonly string[]): readonly TenantResolver[] {
  return [...standardResolvers({ baseDomains }), TENANT_PATH];
}
