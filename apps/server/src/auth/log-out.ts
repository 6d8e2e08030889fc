import { runInTenant, tenantContext } from 'ringfence/context';
import type { TenantPrisma } from '../database/index.js';
import type { RefreshTokenInput } from './auth-schemas.js';
import { isIssuedTo, parseRefreshToken } from './refresh-token.js';
import type { SessionIssuer } from './sessions/issue-session.js';
import { revokeSessions } from './sessions/revoke-sessions.js';

/** What {@link logOut} needs. */
export interface LogOutDependencies {
  readonly prisma: TenantPrisma;
  readonly issuer: Pick<SessionIssuer, 'keys'>;
}

/**
 * Ends the session that a refresh token belongs to; any token of the session will do, also a used or
 * expired one. A token that belongs to none is already logged out, so nothing is wrong with it.
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
      select: { userId: true, sessionId: true },
    });
    if (!known || !isIssuedTo(deps.issuer.keys, key, known)) return;
    const { userId, sessionId: only } = known;
    await deps.prisma.$transaction((tx) => revokeSessions(tx, { userId, only }));
  };
  await runInTenant(tenantContext(key.tenantId, { kind: 'system', reason: 'log out' }), work, {
    nested: 'separate',
  });
}
