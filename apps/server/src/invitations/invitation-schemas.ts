import { z } from 'zod';
import { newPassword } from '../auth/index.js';
import { emailAddress } from '../http/email-address.js';
import { id } from '../http/id.js';
import { pageQuery } from '../http/page.js';
import { nameLine } from '../http/text.js';
import { mailedToken } from '../mailed-tokens/index.js';

/** What inviting somebody takes. */
export const newInvitation = z
  .strictObject({
    email: emailAddress,
    role: z.enum(['owner', 'admin', 'member', 'viewer']),
    customRoleId: id.optional().meta({ description: 'A role of this tenant, beside the four.' }),
  })
  .meta({ id: 'NewInvitation' });
export type NewInvitation = z.output<typeof newInvitation>;

/** What accepting takes: the mailed token, and who it is. */
export const acceptedInvitation = z
  .strictObject({ token: mailedToken, name: nameLine(200), password: newPassword })
  .meta({ id: 'AcceptedInvitation' });
export type AcceptedInvitation = z.output<typeof acceptedInvitation>;

export const invitationsQuery = pageQuery;
export type InvitationsQuery = z.output<typeof invitationsQuery>;
