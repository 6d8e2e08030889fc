import { type TenantContext } from 'ringfence/context';
import type { MemberCache, TenantDirectoryCache, VerifiedToken } from 'ringfence/nest';
import type { ServerState } from '../edge/index.js';

/** What tells whether a reader of the feed may go on. */
export interface ReadingRights {
  readonly members: Pick<MemberCache, 'findMember'>;
  readonly directory: Pick<TenantDirectoryCache, 'findTenant'>;
  readonly state: Pick<ServerState, 'draining'>;
}

/**
 * May this reader still listen to its tenant's alerts? Asked every two seconds, of the same memory as
 * requests: the token has not expired, the tenant is active, the actor a member who may read alerts.
 */
export async function mayStillRead(
  { members, directory, state }: ReadingRights,
  tenant: TenantContext,
  token: VerifiedToken | undefined,
): Promise<boolean> {
  if (state.draining || Date.now() / 1000 >= (token?.expiresAt ?? Number.POSITIVE_INFINITY)) {
    return false;
  }
  const entry = await directory.findTenant(tenant.tenantId);
  if (entry?.state !== 'active') return false;
  const member = await members.findMember(tenant);
  return member?.permissions.includes('alert.read') === true;
}
