import { z } from 'zod';
import type { Prisma } from '../generated/prisma/client.js';
import { pageOf } from '../http/page.js';

/** What is read of a document: everything that it shows, and its version. */
export const documentSelect = {
  id: true,
  projectId: true,
  title: true,
  body: true,
  version: true,
  createdAt: true,
  updatedAt: true,
} satisfies Prisma.DocumentSelect;

/** A document as it was read. */
export type DocumentRow = Prisma.DocumentGetPayload<{ select: typeof documentSelect }>;

/** A document as it is answered: the version is in the ETag. The mark of the row's tenant stays on it. */
export function documentView({ version: _, ...shown }: DocumentRow) {
  return shown;
}

/** The schema of {@link documentView}, for the OpenAPI document. */
export const documentSchema = z
  .object({
    id: z.uuid(),
    projectId: z.uuid(),
    title: z.string(),
    body: z.string(),
    createdAt: z.iso.datetime(),
    updatedAt: z.iso.datetime(),
  })
  .meta({ id: 'Document' });

/** The schema of a page of them. */
export const documentPageSchema = pageOf('Document', documentSchema);
