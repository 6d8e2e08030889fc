import type { TenantPrisma } from '../database/index.js';
import { type Page, pageArguments, toPage } from '../http/page.js';
import type { InvitationsQuery } from './invitation-schemas.js';
import { invitationSelect, invitationView } from './invitation-view.js';

/** One page of the tenant's invitations, the oldest first. */
export async function listInvitations(
  prisma: TenantPrisma,
  query: InvitationsQuery,
): Promise<Page<ReturnType<typeof invitationView>>> {
  const rows = await prisma.invitation.findMany({
    ...pageArguments(query),
    select: invitationSelect,
  });
  return toPage(rows, query, invitationView);
}
