import type { Actor } from 'ringfence/context';
import { RingfenceError } from 'ringfence/errors';
import type { TenantPrisma } from '../../database/index.js';
import type { RequestClient } from '../../http/request-client.js';
import { verifyPassword } from '../password.js';
import type { LogInThrottle } from '../throttle/log-in-throttle.js';

/** What {@link requirePassword} needs. */
export interface RequirePasswordDependencies {
  readonly prisma: TenantPrisma;
  readonly throttle: LogInThrottle;
}

/** A person who has just shown to know the password. */
export interface ConfirmedPerson {
  readonly id: string;
  readonly sessionId: string;
  readonly email: string;
  readonly name: string;
  readonly passwordHash: string;
}

/**
 * Asks a person who is logged in for the password once more: what changes the way in takes more than an
 * unattended screen or a stolen token. Wrong ones are counted apart from log-ins.
 *
 * @throws RingfenceError `PASSWORD_WRONG`, also for somebody who has none; `NOT_FOUND` for an actor that
 *   is no person; `LOG_IN_THROTTLED`.
 * @see OWASP ASVS 5.0, V7.5.1
 */
export async function requirePassword(
  { prisma, throttle }: RequirePasswordDependencies,
  actor: Actor,
  password: string,
  { address }: RequestClient,
): Promise<ConfirmedPerson> {
  if (actor.kind !== 'user') throw new RingfenceError('NOT_FOUND');
  const account = `session ${actor.id}`;
  const guess = await throttle.count({ at: 'password', account, address, knownDevice: undefined });
  const user = await prisma.user.findUnique({
    where: { id: actor.id },
    select: { id: true, email: true, name: true, passwordHash: true },
  });
  const right = await verifyPassword(user?.passwordHash, password, 'known');
  if (!user?.passwordHash || !right) throw new RingfenceError('PASSWORD_WRONG');
  await guess.wasRight();
  return { ...user, passwordHash: user.passwordHash, sessionId: actor.sessionId };
}
