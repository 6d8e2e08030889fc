import type { TenantPrisma } from '../database/index.js';

/**
 * Revokes every refresh token of a session, the one that is being issued at this moment included.
 *
 * An UPDATE waits for a rotation that holds a row of it, but does not see the token which that
 * rotation has inserted meanwhile; asking again does. When an UPDATE finds nothing, no rotation is
 * under way either: it would have to hold a token that is not revoked yet, and that one is found.
 *
 * Call it outside a transaction: each round must see what others have committed, and keep no lock.
 *
 * @see PostgreSQL manual, 13.2.1 "Read Committed Isolation Level"
 */
export async function revokeSession(prisma: TenantPrisma, sessionId: string): Promise<void> {
  for (;;) {
    const { count } = await prisma.refreshToken.updateMany({
      where: { sessionId, revokedAt: null },
      data: { revokedAt: new Date() },
    });
    if (count === 0) return;
  }
}
