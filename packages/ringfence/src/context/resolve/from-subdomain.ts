import { namedHosts, UNREADABLE } from './named-hosts.js';
import type { TenantClaim, TenantResolver } from './tenant-claim.js';

/**
 * Below a base domain the first labels name the tenant: `acme.example.com` is acme's. The base domain
 * itself names nobody.
 *
 * @param bases in any case; the longest that fits counts
 * @example
 * fromSubdomain('example.com', 'app.example.com');
 */
export function fromSubdomain(...bases: readonly string[]): TenantResolver {
  const source = 'subdomain';
  const known = bases.map((base) => base.toLowerCase()).sort((a, b) => b.length - a.length);
  const claimed = (host: string | typeof UNREADABLE): TenantClaim[] => {
    if (host === UNREADABLE) return [{ source }];
    if (known.includes(host)) return [];
    const base = known.find((domain) => host.endsWith(`.${domain}`));
    return base === undefined ? [] : [{ source, name: host.slice(0, -base.length - 1) }];
  };
  return { source, claims: (request) => namedHosts(request).flatMap(claimed) };
}
