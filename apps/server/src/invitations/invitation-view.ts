import { z } from 'zod';
import type { Prisma } from '../generated/prisma/client.js';
import { pageOf } from '../http/page.js';

/** What is read of an invitation: never its token, of which nobody but the invited knows anything. */
export const invitationSelect = {
  id: true,
  email: true,
  role: true,
  customRoleId: true,
  invitedBy: true,
  expiresAt: true,
  acceptedAt: true,
  revokedAt: true,
  createdAt: true,
} satisfies Prisma.InvitationSelect;

/** An invitation as it was read. */
export type InvitationRow = Prisma.InvitationGetPayload<{ select: typeof invitationSelect }>;

/** An invitation as it is answered. The mark of the row's tenant stays on it. */
export function invitationView({ acceptedAt, revokedAt, ...shown }: InvitationRow) {
  return { ...shown, state: stateOf({ acceptedAt, revokedAt, expiresAt: shown.expiresAt }) };
}

function stateOf({
  acceptedAt,
  revokedAt,
  expiresAt,
}: Pick<InvitationRow, 'acceptedAt' | 'revokedAt' | 'expiresAt'>) {
  if (acceptedAt) return 'accepted';
  if (revokedAt) return 'revoked';
  return expiresAt <= new Date() ? 'expired' : 'open';
}

/** The schema of {@link invitationView}, for the OpenAPI document. */
export const invitationSchema = z
  .object({
    id: z.uuid(),
    email: z.email(),
    role: z.enum(['owner', 'admin', 'member', 'viewer']),
    customRoleId: z.uuid().nullable(),
    invitedBy: z.uuid().meta({ description: 'Who is removed takes their invitations along.' }),
    expiresAt: z.iso.datetime(),
    createdAt: z.iso.datetime(),
    state: z.enum(['open', 'accepted', 'revoked', 'expired']),
  })
  .meta({ id: 'Invitation' });

/** The schema of a page of them. */
export const invitationPageSchema = pageOf('Invitation', invitationSchema);

/** What accepting answers: where to log in now, and as whom. */
export const joinedSchema = z
  .object({ tenant: z.string().meta({ description: 'The slug.' }), email: z.email() })
  .meta({ id: 'Joined' });
