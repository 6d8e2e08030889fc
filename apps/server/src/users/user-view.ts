import { z } from 'zod';
import type { Prisma } from '../generated/prisma/client.js';
import { pageOf } from '../http/page.js';

/** What is read of a user: everything that it shows, and its version. */
export const userSelect = {
  id: true,
  email: true,
  name: true,
  role: true,
  customRoleId: true,
  version: true,
  createdAt: true,
  updatedAt: true,
} satisfies Prisma.UserSelect;

/** A user as it was read. */
export type UserRow = Prisma.UserGetPayload<{ select: typeof userSelect }>;

/** A user as it is answered: the version is in the ETag. The mark of the row's tenant stays on it. */
export function userView({ version: _, ...shown }: UserRow) {
  return shown;
}

/** The schema of {@link userView}, for the OpenAPI document. */
export const userSchema = z
  .object({
    id: z.uuid(),
    email: z.email(),
    name: z.string(),
    role: z.enum(['owner', 'admin', 'member', 'viewer']),
    customRoleId: z.uuid().nullable(),
    createdAt: z.iso.datetime(),
    updatedAt: z.iso.datetime(),
  })
  .meta({ id: 'User' });

/** The schema of a page of them. */
export const userPageSchema = pageOf('User', userSchema);
