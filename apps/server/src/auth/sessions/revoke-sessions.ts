import type { TenantPrisma } from '../../database/index.js';

/** Which sessions of a user: all, one (`only`), or all but one (`except`). */
export interface SessionsOfUser {
  readonly userId: string;
  readonly only?: string;
  readonly except?: string;
}

/**
 * Revokes sessions of a user with all their refresh tokens, the one that is being issued at this moment
 * included: a rotation holds its session's row, so that one of the two waits for the other. Access
 * tokens of these sessions end with the next look of the request path at the member (within seconds).
 *
 * The order of locks is the same everywhere: user, sessions by id, refresh tokens.
 *
 * @param tx the client of a transaction: what it changes of the user and this happen together.
 * @returns how many sessions were live.
 * @example
 * await prisma.$transaction((tx) => revokeSessions(tx, { userId, except: sessionId }));
 */
export async function revokeSessions(
  tx: Pick<TenantPrisma, 'session' | 'refreshToken' | '$queryRaw'>,
  { userId, only, except }: SessionsOfUser,
): Promise<number> {
  const live = await tx.$queryRaw<{ id: string }[]>`
    SELECT id FROM public.sessions
    WHERE user_id = ${userId}::uuid AND revoked_at IS NULL AND expires_at > now()
      AND (${only ?? null}::uuid IS NULL OR id = ${only ?? null}::uuid)
      AND (${except ?? null}::uuid IS NULL OR id <> ${except ?? null}::uuid)
    ORDER BY id FOR UPDATE`;
  const ids = live.map(({ id }) => id);
  const revokedAt = new Date();
  await tx.session.updateMany({ where: { id: { in: ids } }, data: { revokedAt } });
  await tx.refreshToken.updateMany({
    where: { sessionId: { in: ids }, revokedAt: null },
    data: { revokedAt },
  });
  return ids.length;
}
