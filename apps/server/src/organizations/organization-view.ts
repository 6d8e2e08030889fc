import { z } from 'zod';
import type { Prisma } from '../generated/prisma/client.js';
import { pageOf } from '../http/page.js';

/** What is read of an organization: everything that it shows, and its version. */
export const organizationSelect = {
  id: true,
  name: true,
  version: true,
  createdAt: true,
  updatedAt: true,
} satisfies Prisma.OrganizationSelect;

/** An organization as it was read. */
export type OrganizationRow = Prisma.OrganizationGetPayload<{ select: typeof organizationSelect }>;

/** An organization as it is answered: the version is in the ETag. The mark of the row's tenant stays on it. */
export function organizationView({ version: _, ...shown }: OrganizationRow) {
  return shown;
}

/** The schema of {@link organizationView}, for the OpenAPI document. */
export const organizationSchema = z
  .object({
    id: z.uuid(),
    name: z.string(),
    createdAt: z.iso.datetime(),
    updatedAt: z.iso.datetime(),
  })
  .meta({ id: 'Organization' });

/** The schema of a page of them. */
export const organizationPageSchema = pageOf('Organization', organizationSchema);
