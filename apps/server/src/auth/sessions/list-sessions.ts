import type { Actor } from 'ringfence/context';
import { RingfenceError } from 'ringfence/errors';
import type { TenantPrisma } from '../../database/index.js';
import { type SessionRow, sessionSelect } from './session-view.js';

const DAY = 86_400_000;

/** One's own session, told from the others. */
export interface OwnSession extends SessionRow {
  readonly current: boolean;
}

/**
 * Lists the actor's own sessions that are live, the one that was used last first.
 *
 * @param refreshTokenDays after so many days without use a session is over.
 * @throws RingfenceError `NOT_FOUND` for an actor that is no person.
 */
export async function listSessions(
  prisma: TenantPrisma,
  actor: Actor,
  refreshTokenDays: number,
): Promise<OwnSession[]> {
  if (actor.kind !== 'user') throw new RingfenceError('NOT_FOUND');
  const now = Date.now();
  const idle = refreshTokenDays * DAY;
  const rows = await prisma.session.findMany({
    where: {
      userId: actor.id,
      revokedAt: null,
      expiresAt: { gt: new Date(now) },
      lastUsedAt: { gt: new Date(now - idle) },
    },
    orderBy: [{ lastUsedAt: 'desc' }, { id: 'asc' }],
    select: sessionSelect,
  });
  return rows.map((row) => ({
    ...row,
    // Whichever comes first: the end of the session, or that of its refresh token.
    expiresAt: new Date(Math.min(row.expiresAt.getTime(), row.lastUsedAt.getTime() + idle)),
    current: row.id === actor.sessionId,
  }));
}
