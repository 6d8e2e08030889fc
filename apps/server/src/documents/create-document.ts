import type { TenantPrisma } from '../database/index.js';
import { explainRefusal } from '../http/explain-refusal.js';
import { MISSING_PROJECT, type NewDocument } from './document-schemas.js';
import { type DocumentRow, documentSelect } from './document-view.js';

/** @throws RingfenceError `REFERENCE_NOT_FOUND` when the project is not there, or another tenant's. */
export async function createDocument(
  prisma: TenantPrisma,
  input: NewDocument,
): Promise<DocumentRow> {
  return explainRefusal(prisma.document.create({ data: input, select: documentSelect }), {
    REFERENCE_NOT_FOUND: MISSING_PROJECT,
  });
}
