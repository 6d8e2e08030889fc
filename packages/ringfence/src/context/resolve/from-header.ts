import { REPEATED, singleHeader } from './single-header.js';
import type { TenantResolver } from './tenant-claim.js';

/**
 * A header names the tenant by slug or id. It may be sent once; an empty one names a tenant that there
 * is not.
 *
 * @example
 * fromHeader('x-tenant');
 */
export function fromHeader(header: string): TenantResolver {
  const source = 'header';
  const name = header.toLowerCase();
  return {
    source,
    claims: (request) => {
      const value = singleHeader(request, name);
      if (value === undefined) return [];
      return [value === REPEATED ? { source } : { source, name: value.trim() }];
    },
  };
}
