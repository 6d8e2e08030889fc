import type { TenantContext } from 'ringfence/context';
import { RingfenceError } from 'ringfence/errors';
import { verifyPassword } from '../auth/index.js';
import { type AccountMails, lockUser } from '../mailed-tokens/index.js';
import type { EmailVerificationRequest } from './email-verification-schemas.js';
import { issueEmailVerification, mailEmailVerification } from './send-email-verification.js';

/**
 * Mails a link that verifies the actor's present address, or a new one that takes its place when the
 * link is followed. A new one needs the password: a stolen access token must not be able to take the
 * account along. Nothing is mailed for an address that is verified already.
 *
 * @throws RingfenceError `VALIDATION_FAILED` without the right password for a new address,
 *   `ALREADY_EXISTS` when another user of the tenant has it, `RATE_LIMITED` after a few within an
 *   hour, `NOT_FOUND` for an actor that is no person.
 */
export async function requestEmailVerification(
  mails: AccountMails,
  { tenantId, actor }: TenantContext,
  { email, password }: EmailVerificationRequest,
): Promise<void> {
  if (actor.kind !== 'user') throw new RingfenceError('NOT_FOUND');
  const { prisma } = mails;
  const user = await prisma.user.findUnique({
    where: { id: actor.id },
    select: { id: true, email: true, name: true, passwordHash: true, emailVerifiedAt: true },
  });
  if (!user) throw new RingfenceError('TOKEN_INVALID');
  const changes = email !== undefined && email !== user.email;
  if (!changes && user.emailVerifiedAt) return;
  if (changes && !(await verifyPassword(user.passwordHash, password ?? ''))) {
    throw wrong('/password', 'is not the password of your account');
  }
  const address = {
    tenantId,
    userId: user.id,
    email: email ?? user.email,
    ...(changes && { replaces: user.email }),
  };
  const token = await prisma.$transaction(async (tx) => {
    if (!(await lockUser(tx, user.id))) throw new RingfenceError('TOKEN_INVALID');
    const where = { email: address.email, id: { not: user.id } };
    if (await tx.user.findFirst({ where, select: { id: true } })) {
      const errors = [
        { pointer: '/email', message: 'Another user of this tenant has this address.' },
      ];
      throw new RingfenceError('ALREADY_EXISTS', { errors });
    }
    return issueEmailVerification(tx, mails, address);
  });
  await mailEmailVerification(mails, address, { token, name: user.name });
}

function wrong(pointer: string, message: string): RingfenceError {
  return new RingfenceError('VALIDATION_FAILED', { errors: [{ pointer, message }] });
}
