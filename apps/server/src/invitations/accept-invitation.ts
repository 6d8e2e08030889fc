import { requireActive } from 'ringfence/context';
import type { TenantEntry } from 'ringfence/nest';
import type { TenantPrisma } from '../database/index.js';
import { explainRefusal } from '../http/explain-refusal.js';
import {
  type AccountMails,
  lockUser,
  type MailedTokenKey,
  withMailedToken,
} from '../mailed-tokens/index.js';
import type { AcceptedInvitation } from './invitation-schemas.js';
import { findGiver } from './require-grantable.js';

/** Where somebody may log in now, and as whom. */
export interface Joined {
  readonly tenant: string;
  readonly email: string;
}

/**
 * Makes a member of whoever holds a mailed invitation. The address is verified by it. Nobody is logged
 * in: there is one way in, with everything that is checked there.
 *
 * @throws RingfenceError `MAILED_TOKEN_INVALID`, also when the inviter has gone or may not give that
 *   role any more; `ALREADY_EXISTS` when the address is a member's by now, `TENANT_SUSPENDED`,
 *   `VALIDATION_FAILED` and `OVERLOADED`: to nobody but the holder of a good token, which stays good.
 */
export async function acceptInvitation(
  mails: AccountMails,
  { token, name, password }: AcceptedInvitation,
): Promise<Joined> {
  return withMailedToken(mails.directory, token, async (key, tenant) => {
    // Looked at first: hashing is dear, and a stranger's guess is not worth it.
    const open = await findOpen(mails.prisma, key);
    if (!open) return undefined;
    requireActive(tenant.state);
    const words = [open.email, name, tenant.slug];
    const passwordHash = await mails.rules.hash(password, { pointer: '/password', words });
    const person = { name, passwordHash };
    const join = mails.prisma.$transaction((tx) => claim(tx, key, person, tenant));
    const errors = [{ pointer: '/token', message: 'You are a member already: log in.' }];
    const joined = await explainRefusal(join, { ALREADY_EXISTS: { errors } });
    if (joined) {
      const who = { tenantId: tenant.id, userId: joined.id };
      mails.logger.info({ event: 'invitation_accepted', ...who }, 'Somebody has joined.');
    }
    return joined && { tenant: tenant.slug, email: joined.email };
  });
}

const openNow = ({ hash }: MailedTokenKey) => ({
  tokenHash: hash,
  acceptedAt: null,
  revokedAt: null,
  expiresAt: { gt: new Date() },
});

function findOpen(prisma: Pick<TenantPrisma, 'invitation'>, key: MailedTokenKey) {
  return prisma.invitation.findFirst({
    where: openNow(key),
    select: { id: true, email: true, invitedBy: true, role: true, customRoleId: true },
  });
}

async function claim(
  tx: Pick<TenantPrisma, 'invitation' | 'user' | 'customRole' | '$queryRaw'>,
  key: MailedTokenKey,
  person: { readonly name: string; readonly passwordHash: string },
  tenant: TenantEntry,
): Promise<{ id: string; email: string } | undefined> {
  const known = await findOpen(tx, key);
  // Locked before it is asked what they may give: whoever is demoted at this moment is later, or was.
  if (!known || !(await lockUser(tx, known.invitedBy))) return undefined;
  if (!(await findGiver(tx, known.invitedBy, known))) return undefined;
  // One UPDATE decides: of two at the same moment one finds it accepted.
  const [claimed] = await tx.invitation.updateManyAndReturn({
    where: openNow(key),
    data: { acceptedAt: new Date() },
    select: { email: true, role: true, customRoleId: true },
  });
  if (!claimed) return undefined;
  requireActive(tenant.state);
  return tx.user.create({
    data: { ...claimed, ...person, emailVerifiedAt: new Date() },
    select: { id: true, email: true },
  });
}
