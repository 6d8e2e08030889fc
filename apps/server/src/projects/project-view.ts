import { z } from 'zod';
import type { Prisma } from '../generated/prisma/client.js';
import { pageOf } from '../http/page.js';

/** What is read of a project: everything that it shows, and its version. */
export const projectSelect = {
  id: true,
  organizationId: true,
  name: true,
  version: true,
  createdAt: true,
  updatedAt: true,
} satisfies Prisma.ProjectSelect;

/** A project as it was read. */
export type ProjectRow = Prisma.ProjectGetPayload<{ select: typeof projectSelect }>;

/** A project as it is answered: the version is in the ETag. The mark of the row's tenant stays on it. */
export function projectView({ version: _, ...shown }: ProjectRow) {
  return shown;
}

/** The schema of {@link projectView}, for the OpenAPI document. */
export const projectSchema = z
  .object({
    id: z.uuid(),
    organizationId: z.uuid(),
    name: z.string(),
    createdAt: z.iso.datetime(),
    updatedAt: z.iso.datetime(),
  })
  .meta({ id: 'Project' });

/** The schema of a page of them. */
export const projectPageSchema = pageOf('Project', projectSchema);
