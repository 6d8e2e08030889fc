import type { TenantId } from 'ringfence/context';
import { RingfenceError } from 'ringfence/errors';
import type { TenantPrisma } from '../database/index.js';
import {
  type AccountMails,
  accountLink,
  countMailedTokens,
  issueMailedToken,
  tenantName,
} from '../mailed-tokens/index.js';
import { emailVerificationLetter } from './email-letters.js';

/** How many verifications one account may ask for within an hour. */
const PER_HOUR = 5;

/** An address to be verified: the present one of the user, or one that is to replace it. */
export interface AddressToVerify {
  readonly tenantId: TenantId;
  readonly userId: string;
  readonly email: string;
  readonly replaces?: string;
}

/**
 * Makes the token that verifies an address. The caller has locked the user's row, and sends it after
 * the commit with {@link mailEmailVerification}.
 *
 * @throws RingfenceError `RATE_LIMITED` after a few within an hour.
 */
export async function issueEmailVerification(
  tx: Pick<TenantPrisma, 'mailedToken'>,
  { seconds }: AccountMails,
  address: AddressToVerify,
): Promise<string> {
  const purpose = 'email-verification';
  const recent = await countMailedTokens(tx, { ...address, purpose, seconds: 3600 });
  if (recent >= PER_HOUR) throw new RingfenceError('RATE_LIMITED');
  return issueMailedToken(tx, { ...address, purpose, seconds: seconds.emailVerification });
}

/** Mails a token of {@link issueEmailVerification}. Runs in the tenant's context, after the commit. */
export async function mailEmailVerification(
  mails: AccountMails,
  { tenantId, userId, email }: AddressToVerify,
  { token, name }: { readonly token: string; readonly name: string },
): Promise<void> {
  const tenant = await mails.directory.findTenant(tenantId);
  if (!tenant) return;
  const url = accountLink(mails.publicUrl, tenant.slug, 'email-verification', token);
  const hours = mails.seconds.emailVerification / 3600;
  const facts = { tenant: await tenantName(mails.pool), name };
  const about = { kind: 'email-verification', tenantId, userId };
  await mails.mailer.send({ to: email, ...emailVerificationLetter(facts, { url, hours }), about });
}
