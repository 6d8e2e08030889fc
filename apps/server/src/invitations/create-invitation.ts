import type { TenantContext } from 'ringfence/context';
import { RingfenceError } from 'ringfence/errors';
import type { TenantPrisma } from '../database/index.js';
import {
  type AccountMails,
  accountLink,
  newMailedToken,
  tenantName,
} from '../mailed-tokens/index.js';
import { lockPeople } from '../users/index.js';
import { invitationLetter } from './invitation-letter.js';
import type { NewInvitation } from './invitation-schemas.js';
import { type InvitationRow, invitationSelect } from './invitation-view.js';
import { findGiver } from './require-grantable.js';

const DAY = 86_400_000;
/** How many invitations a tenant may mail within a day: to one address, and to all together. */
const PER_DAY = { address: 5, tenant: 200 } as const;

/** What the database must let an invitation do. */
type InvitationTransaction = Pick<TenantPrisma, 'user' | 'customRole' | 'invitation' | '$queryRaw'>;

/** Who is invited to be what. */
type Invited = Pick<InvitationRow, 'email' | 'role' | 'customRoleId'>;

interface MadeInvitation {
  readonly row: InvitationRow;
  readonly token: string;
  readonly inviter: string;
}

/**
 * Invites somebody by mail. An open invitation of the same address is revoked: the newest one counts.
 *
 * @throws RingfenceError `PERMISSION_DENIED` for a role that the inviter does not hold, or for an actor
 *   that is no person; `EMAIL_UNVERIFIED` before the inviter's own address is verified;
 *   `ALREADY_EXISTS` when the address is a member's, `REFERENCE_NOT_FOUND` for a role of nobody here,
 *   `RATE_LIMITED` after too many within a day.
 */
export async function createInvitation(
  mails: AccountMails,
  context: TenantContext,
  input: NewInvitation,
): Promise<InvitationRow> {
  const made = await mails.prisma.$transaction((tx) =>
    invite(tx, mails, context, { ...input, customRoleId: input.customRoleId ?? null }),
  );
  return mailInvitation(mails, context, made);
}

/**
 * Mails an invitation anew: a new one takes the place of the old one, which is void.
 *
 * @throws RingfenceError as {@link createInvitation}; `NOT_FOUND`, `CONFLICT` when it was accepted.
 */
export async function resendInvitation(
  mails: AccountMails,
  context: TenantContext,
  id: string,
): Promise<InvitationRow> {
  const made = await mails.prisma.$transaction(async (tx) => {
    const old = await tx.invitation.findUnique({ where: { id }, select: invitationSelect });
    if (!old) throw new RingfenceError('NOT_FOUND');
    if (old.acceptedAt) throw new RingfenceError('CONFLICT');
    return invite(tx, mails, context, old);
  });
  return mailInvitation(mails, context, made);
}

async function invite(
  tx: InvitationTransaction,
  { seconds }: AccountMails,
  { tenantId, actor }: TenantContext,
  { email, role, customRoleId }: Invited,
): Promise<MadeInvitation> {
  if (actor.kind !== 'user') throw new RingfenceError('PERMISSION_DENIED');
  // The owners' rows are everybody's lock here: of two invitations at once, one is later.
  await lockPeople(tx, actor);
  const inviter = await findGiver(tx, actor.id, { role, customRoleId });
  if (!inviter) throw new RingfenceError('PERMISSION_DENIED');
  if (!inviter.emailVerifiedAt) throw new RingfenceError('EMAIL_UNVERIFIED');
  if (await tx.user.findFirst({ where: { email }, select: { id: true } })) {
    const errors = [{ pointer: '/email', message: 'Somebody with this address is a member.' }];
    throw new RingfenceError('ALREADY_EXISTS', { errors });
  }
  const now = Date.now();
  const today = { createdAt: { gt: new Date(now - DAY) } };
  const toAddress = await tx.invitation.count({ where: { ...today, email } });
  const ofTenant = await tx.invitation.count({ where: today });
  if (toAddress >= PER_DAY.address || ofTenant >= PER_DAY.tenant) {
    throw new RingfenceError('RATE_LIMITED');
  }
  await tx.invitation.updateMany({
    where: { email, acceptedAt: null, revokedAt: null },
    data: { revokedAt: new Date(now) },
  });
  const { token, hash } = newMailedToken(tenantId);
  const row = await tx.invitation.create({
    data: {
      email,
      role,
      customRoleId,
      invitedBy: inviter.id,
      tokenHash: hash,
      expiresAt: new Date(now + seconds.invitation * 1000),
    },
    select: invitationSelect,
  });
  return { row, token, inviter: inviter.name };
}

async function mailInvitation(
  mails: AccountMails,
  { tenantId }: TenantContext,
  { row, token, inviter }: MadeInvitation,
): Promise<InvitationRow> {
  const tenant = await mails.directory.findTenant(tenantId);
  if (!tenant) throw new RingfenceError('TOKEN_INVALID');
  const url = accountLink(mails.publicUrl, tenant.slug, 'invitation', token);
  const days = mails.seconds.invitation / 86_400;
  const facts = { tenant: await tenantName(mails.pool), inviter, url, days };
  const about = { kind: 'invitation', tenantId, invitationId: row.id };
  await mails.mailer.send({ to: row.email, ...invitationLetter(facts), about });
  return row;
}
