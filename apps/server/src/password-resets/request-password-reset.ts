import { createHash } from 'node:crypto';
import { runInTenant, type TenantId, tenantContext } from 'ringfence/context';
import type { TenantEntry } from 'ringfence/nest';
import type { StrangerLimit } from '../http/stranger-limit.js';
import {
  type AccountMails,
  accountLink,
  countMailedTokens,
  issueMailedToken,
  tenantName,
} from '../mailed-tokens/index.js';
import { passwordResetLetter } from './password-reset-letters.js';

/**
 * How many links one account is sent while the first of them is good. With a count over just that time,
 * whoever asks in another's name can fill their mailbox with three mails, and cannot take away the
 * last link before there may be a next one.
 */
export const RESETS_AT_A_TIME = 3;

/** For whom a reset is asked; without a tenant when there is none that all of the request names. */
export interface PasswordResetWish {
  readonly tenant: TenantEntry | undefined;
  readonly email: string;
}

interface ResetUser {
  readonly id: string;
  readonly name: string;
  readonly email: string;
}

/**
 * Mails the link that sets a new password, if there is such an account in such an active tenant. Runs
 * behind the answer, which is the same for everybody: nothing here may be told by its outcome or by its
 * duration.
 *
 * @param byMailbox bounds what all accounts of one address are sent together, in whatever tenants.
 */
export async function requestPasswordReset(
  mails: AccountMails,
  { tenant, email }: PasswordResetWish,
  byMailbox: StrangerLimit,
): Promise<void> {
  if (tenant?.state !== 'active') return;
  const { id: tenantId, slug } = tenant;
  const context = tenantContext(tenantId, { kind: 'system', reason: 'password reset' });
  await runInTenant(context, async () => {
    const issued = await issue(mails, tenantId, email.toLowerCase(), byMailbox);
    if (!issued) return;
    const { user, token } = issued;
    const about = { kind: 'password-reset', tenantId, userId: user.id };
    mails.logger.info({ event: 'password_reset_requested', ...about }, 'A reset is mailed.');
    const url = accountLink(mails.publicUrl, slug, 'password-reset', token);
    const facts = { tenant: await tenantName(mails.pool), name: user.name };
    const minutes = mails.seconds.passwordReset / 60;
    const written = passwordResetLetter(facts, { url, minutes });
    await mails.mailer.send({ to: user.email, ...written, about });
  });
}

function issue(
  { prisma, seconds }: AccountMails,
  tenantId: TenantId,
  email: string,
  byMailbox: StrangerLimit,
) {
  const purpose = 'password-reset';
  return prisma.$transaction(async (tx) => {
    const [user] = await tx.$queryRaw<ResetUser[]>`
      SELECT id, name, email FROM public.users WHERE email = ${email} FOR NO KEY UPDATE`;
    if (!user) return undefined;
    const life = { userId: user.id, purpose, seconds: seconds.passwordReset } as const;
    if ((await countMailedTokens(tx, life)) >= RESETS_AT_A_TIME) return undefined;
    // Counted only for a mail that is sent, or asking for accounts that are not there would use it up.
    const mailbox = createHash('sha256').update(email).digest('base64');
    if (!(await byMailbox.take(mailbox))) return undefined;
    return { user, token: await issueMailedToken(tx, { ...life, tenantId, email }) };
  });
}
