import { requireActive } from 'ringfence/context';
import { revokeSessions } from '../auth/index.js';
import {
  type AccountMails,
  claimMailedToken,
  findMailedToken,
  tenantName,
  voidMailedTokens,
  withMailedToken,
} from '../mailed-tokens/index.js';
import { passwordChangedLetter } from './password-reset-letters.js';
import type { PasswordReset } from './password-reset-schemas.js';

/** A crowd is queued for a connection, and not answered with errors. */
const PATIENCE = { maxWait: 10_000, timeout: 10_000 };

/**
 * Sets a new password for whoever holds a mailed token, ends every session, forgets the devices that
 * were known and voids every other link. Nobody is logged in by it, and a second factor is asked for as
 * before. API keys stay: programs use them, and the mail that follows counts them.
 *
 * The mail came back, so the address is verified as well.
 *
 * @throws RingfenceError `MAILED_TOKEN_INVALID`, also when the address of the user is another by now;
 *   `TENANT_SUSPENDED`, `VALIDATION_FAILED` and `OVERLOADED` to nobody but the holder of a good token,
 *   which stays good.
 */
export async function confirmPasswordReset(
  mails: AccountMails,
  { token, password }: PasswordReset,
): Promise<void> {
  const { prisma, mailer } = mails;
  await withMailedToken(mails.directory, token, async (key, tenant) => {
    // Looked at first: hashing is dear, and a stranger's guess is not worth it.
    const open = await findMailedToken(prisma, key, 'password-reset');
    if (!open || open.user.email !== open.email) return undefined;
    requireActive(tenant.state);
    const words = [open.email, open.user.name, tenant.slug];
    const passwordHash = await mails.rules.hash(password, { pointer: '/password', words });
    const apiKeys = await prisma.$transaction(async (tx) => {
      const claimed = await claimMailedToken(tx, key, 'password-reset');
      if (!claimed) return undefined;
      const { userId, email } = claimed;
      const { count } = await tx.user.updateMany({
        where: { id: userId, email },
        data: { passwordHash },
      });
      if (count === 0) return undefined;
      const now = new Date();
      await tx.user.updateMany({
        where: { id: userId, emailVerifiedAt: null },
        data: { emailVerifiedAt: now },
      });
      await revokeSessions(tx, { userId });
      await tx.knownDevice.deleteMany({ where: { userId } });
      await voidMailedTokens(tx, userId);
      return tx.apiKey.count({
        where: {
          createdBy: userId,
          revokedAt: null,
          OR: [{ expiresAt: null }, { expiresAt: { gt: now } }],
        },
      });
    }, PATIENCE);
    if (apiKeys === undefined) return undefined;
    const { id: userId, name, email } = open.user;
    const about = { kind: 'password-changed', tenantId: tenant.id, userId };
    mails.logger.info({ event: 'password_reset', ...about }, 'A password was reset.');
    const facts = { tenant: await tenantName(mails.pool), name };
    await mailer.send({ to: email, ...passwordChangedLetter(facts, { apiKeys }), about });
    return true;
  });
}
