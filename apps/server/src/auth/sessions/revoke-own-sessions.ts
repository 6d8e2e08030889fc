import type { Actor } from 'ringfence/context';
import { RingfenceError } from 'ringfence/errors';
import type { TenantPrisma } from '../../database/index.js';
import { revokeSessions } from './revoke-sessions.js';

/**
 * Ends one of the actor's own sessions; the present one too.
 *
 * @throws RingfenceError `NOT_FOUND` for a session that is not live or not one's own.
 */
export async function revokeOwnSession(
  prisma: TenantPrisma,
  actor: Actor,
  id: string,
): Promise<void> {
  if (actor.kind !== 'user') throw new RingfenceError('NOT_FOUND');
  const { id: userId } = actor;
  const ended = await prisma.$transaction((tx) => revokeSessions(tx, { userId, only: id }));
  if (ended === 0) throw new RingfenceError('NOT_FOUND');
}

/** Ends every session of the actor but the present one. */
export async function revokeOtherSessions(prisma: TenantPrisma, actor: Actor): Promise<void> {
  if (actor.kind !== 'user') throw new RingfenceError('NOT_FOUND');
  const { id: userId, sessionId: except } = actor;
  await prisma.$transaction((tx) => revokeSessions(tx, { userId, except }));
}
