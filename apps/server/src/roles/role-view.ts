import { z } from 'zod';
import type { Prisma } from '../generated/prisma/client.js';
import { pageOf } from '../http/page.js';

/** What is read of a custom role: everything that it shows, and its version. */
export const roleSelect = {
  id: true,
  name: true,
  description: true,
  permissions: true,
  version: true,
  createdAt: true,
  updatedAt: true,
} satisfies Prisma.CustomRoleSelect;

/** A custom role as it was read. */
export type RoleRow = Prisma.CustomRoleGetPayload<{ select: typeof roleSelect }>;

/** A custom role as it is answered: the version is in the ETag. The mark of the row's tenant stays. */
export function roleView({ version: _, ...shown }: RoleRow) {
  return shown;
}

/** The schema of {@link roleView}, for the OpenAPI document. */
export const roleSchema = z
  .object({
    id: z.uuid(),
    name: z.string(),
    description: z.string(),
    permissions: z.array(z.string()),
    createdAt: z.iso.datetime(),
    updatedAt: z.iso.datetime(),
  })
  .meta({ id: 'Role' });

/** The schema of a page of them. */
export const rolePageSchema = pageOf('Role', roleSchema);
