import { type Actor, currentTenant, type TenantId } from 'ringfence/context';
import { RingfenceError } from 'ringfence/errors';
import type { TenantPrisma } from '../database/index.js';
import { type AccountMails, tenantName, voidMailedTokens } from '../mailed-tokens/index.js';
import { emailChangedLetter } from './email-letters.js';
import { issueEmailVerification, mailEmailVerification } from './send-email-verification.js';

/** An address that somebody else than its owner changes. */
export interface AddressChange {
  readonly actor: Actor;
  readonly id: string;
  /** `undefined` when the change leaves it as it is. */
  readonly email: string | undefined;
  /** Refuses an actor whose own address is not verified; asked when the address changes. */
  readonly verified: () => void;
}

/** What is to be mailed when the change is committed. */
export interface MovedAddress {
  readonly tenantId: TenantId;
  readonly userId: string;
  readonly name: string;
  readonly before: string;
  readonly email: string;
  readonly token: string;
}

/**
 * Prepares the change of somebody's address by an administrator: voids every link that was mailed to
 * the old one, and makes the token that verifies the new one. The caller has locked the user's row,
 * writes the address and takes the verification off.
 *
 * @returns `undefined` when the address stays as it is.
 * @throws RingfenceError `VALIDATION_FAILED` for the actor's own address, which takes the password;
 *   `RATE_LIMITED` after a few within an hour, and whatever `verified` throws.
 */
export async function prepareAddressChange(
  tx: Pick<TenantPrisma, 'user' | 'mailedToken'>,
  mails: AccountMails,
  { actor, id, email, verified }: AddressChange,
): Promise<MovedAddress | undefined> {
  if (email === undefined) return undefined;
  const select = { name: true, email: true };
  const user = await tx.user.findUnique({ where: { id }, select });
  if (!user || user.email === email) return undefined;
  if (actor.kind === 'user' && actor.id === id) {
    const message = 'Change your own address by POST /email-verifications.';
    throw new RingfenceError('VALIDATION_FAILED', { errors: [{ pointer: '/email', message }] });
  }
  verified();
  const { tenantId } = currentTenant();
  await voidMailedTokens(tx, id);
  const token = await issueEmailVerification(tx, mails, { tenantId, userId: id, email });
  return { tenantId, userId: id, name: user.name, before: user.email, email, token };
}

/** Mails what {@link prepareAddressChange} has prepared: the link, and the notice to the old address. */
export async function announceAddressChange(
  mails: AccountMails,
  moved: MovedAddress,
): Promise<void> {
  const { tenantId, userId, name, before } = moved;
  await mailEmailVerification(mails, moved, moved);
  const facts = { tenant: await tenantName(mails.pool), name };
  const written = emailChangedLetter(facts, { by: 'administrator' });
  const about = { kind: 'email-changed', tenantId, userId };
  await mails.mailer.send({ to: before, ...written, about });
}
