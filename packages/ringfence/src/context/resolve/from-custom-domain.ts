import { namedHosts, UNREADABLE } from './named-hosts.js';
import type { TenantClaim, TenantResolver } from './tenant-claim.js';

/**
 * A host may be a tenant's own: the directory knows. One that the directory does not know names nobody:
 * health checks and internal names get through.
 *
 * @param ours base domains: what is at or below them is no domain of a tenant
 * @example
 * [fromSubdomain('example.com'), fromCustomDomain('example.com')];
 */
export function fromCustomDomain(...ours: readonly string[]): TenantResolver {
  const source = 'custom-domain';
  const bases = ours.map((base) => base.toLowerCase());
  const claimed = (host: string | typeof UNREADABLE): TenantClaim[] => {
    if (host === UNREADABLE) return [{ source }];
    if (bases.some((base) => host === base || host.endsWith(`.${base}`))) return [];
    // A single label is nobody's own host. It may be a slug or an id, which the directory knows as
    // well: asked for it, we would tell any tenant which others exist.
    return host.includes('.') ? [{ source, host }] : [];
  };
  return { source, claims: (request) => namedHosts(request).flatMap(claimed) };
}
