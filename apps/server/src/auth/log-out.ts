import { runInTenant, tenantContext } from 'ringfence/context';
import type { TenantPrisma } from '../database/index.js';
import type { RefreshTokenInput } from './auth-schemas.js';
import { parseRefreshToken } from './refresh-token.js';
import { revokeSession } from './revoke-session.js';

/** What {@link logOut} needs. */
export interface LogOutDependencies {
  readonly prisma: TenantPrisma;
}

/**
 * Ends the session that a refresh token belongs to; any token of the session will do, also a used or
 * expired one. A token that belongs to none is already logged out, so nothing is wrong with it. Access
 * tokens that are out stay good until they expire.
 *
 * @example
 * await logOut(dependencies, { refreshToken: session.refreshToken });
 */
export async function logOut(deps: LogOutDependencies, input: RefreshTokenInput): Promise<void> {
  const key = parseRefreshToken(input.refreshToken);
  if (!key) return;
  const work = async (): Promise<void> => {
    const known = await deps.prisma.refreshToken.findFirst({
      where: { tokenHash: key.hash },
      select: { sessionId: true },
    });
    if (known) await revokeSession(deps.prisma, known.sessionId);
  };
  await runInTenant(tenantContext(key.tenantId, { kind: 'system', reason: 'log out' }), work, {
    nested: 'separate',
  });
}
