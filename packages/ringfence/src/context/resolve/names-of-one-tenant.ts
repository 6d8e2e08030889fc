import { maybeTenantId } from '../tenant-id.js';
import type { TenantClaim } from './tenant-claim.js';

/** How a tenant can be named. A slug holds no dot and is no UUID: the directory sees to it. */
type NameKind = 'slug' | 'id' | 'host';

/** No host is longer (RFC 1035, 2.3.4), and so no name of a tenant. */
const LONGEST_NAME = 253;

/** The name of a claim as the directory takes it; nothing for one that cannot be read. */
export function claimedName({ name, host }: TenantClaim): string | undefined {
  const claimed = name ?? host;
  return claimed === undefined || claimed.length > LONGEST_NAME ? undefined : claimed.toLowerCase();
}

/**
 * Can these two names be of one tenant, for all that is known without a directory? Two slugs or two ids
 * cannot; a tenant may have several hosts, and a slug says nothing about an id.
 */
export function mayBeOneTenant(one: string, other: string): boolean {
  return one === other || kindOf(one) !== kindOf(other) || kindOf(one) === 'host';
}

function kindOf(name: string): NameKind {
  if (name.includes('.')) return 'host';
  return maybeTenantId(name) === undefined ? 'slug' : 'id';
}
