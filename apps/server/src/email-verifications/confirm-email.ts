import { requireActive } from 'ringfence/context';
import { explainRefusal } from '../http/explain-refusal.js';
import {
  type AccountMails,
  claimMailedToken,
  tenantName,
  voidMailedTokens,
  withMailedToken,
} from '../mailed-tokens/index.js';
import { emailChangedLetter } from './email-letters.js';

/**
 * Takes an address for verified when its mailed token comes back; a new one becomes the user's address
 * with that, every other link is void, and the old address is told.
 *
 * @throws RingfenceError `MAILED_TOKEN_INVALID`, also when the address of the user is another by now;
 *   `ALREADY_EXISTS` when somebody else has the address by now, `TENANT_SUSPENDED`: to nobody but the
 *   holder of a good token, which stays good.
 */
export async function confirmEmail(mails: AccountMails, token: string): Promise<void> {
  const { prisma, mailer } = mails;
  await withMailedToken(mails.directory, token, async (key, tenant) => {
    const confirm = prisma.$transaction(async (tx) => {
      const claimed = await claimMailedToken(tx, key, 'email-verification');
      if (!claimed) return undefined;
      requireActive(tenant.state);
      const { userId, email, replaces } = claimed;
      const [user] = await tx.user.updateManyAndReturn({
        where: { id: userId, email: replaces ?? email },
        data: { email, emailVerifiedAt: new Date(), version: { increment: 1 } },
        select: { id: true, name: true },
      });
      if (!user) return undefined;
      if (replaces !== null) await voidMailedTokens(tx, userId);
      return { ...user, replaces };
    });
    const user = await explainRefusal(confirm, { ALREADY_EXISTS: {} });
    if (!user) return undefined;
    const who = { tenantId: tenant.id, userId: user.id };
    mails.logger.info({ event: 'email_verified', ...who }, 'An address is verified.');
    if (user.replaces !== null) {
      const facts = { tenant: await tenantName(mails.pool), name: user.name };
      const written = emailChangedLetter(facts, { by: 'oneself' });
      const about = { kind: 'email-changed', ...who };
      await mailer.send({ to: user.replaces, ...written, about });
    }
    return true;
  });
}
