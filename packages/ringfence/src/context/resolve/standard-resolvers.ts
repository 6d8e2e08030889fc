import { fromCustomDomain } from './from-custom-domain.js';
import { fromHeader } from './from-header.js';
import { fromSubdomain } from './from-subdomain.js';
import type { TenantResolver } from './tenant-claim.js';

/** Where {@link standardResolvers} look. */
export interface StandardPlaces {
  /** `acme.localhost` names tenant acme below the base domain `localhost`, the default. */
  readonly baseDomains?: readonly string[];
  /** The header that may name the tenant by slug or id; `x-tenant` by default. */
  readonly header?: string;
}

/**
 * The sources that count when an application says nothing else: subdomain, custom domain and header.
 *
 * @example
 * resolvers: [...standardResolvers({ baseDomains: ['example.com'] }), fromPath('/t/:tenant')]
 */
export function standardResolvers({
  baseDomains = ['localhost'],
  header = 'x-tenant',
}: StandardPlaces = {}): readonly TenantResolver[] {
  return [fromSubdomain(...baseDomains), fromCustomDomain(...baseDomains), fromHeader(header)];
}
