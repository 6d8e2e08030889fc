import { RingfenceError } from 'ringfence/errors';
import type { TenantPrisma } from '../database/index.js';
import { type DocumentRow, documentSelect } from './document-view.js';

/** @throws RingfenceError `NOT_FOUND`; a document of another tenant is not found either. */
export async function getDocument(prisma: TenantPrisma, id: string): Promise<DocumentRow> {
  const row = await prisma.document.findUnique({ where: { id }, select: documentSelect });
  if (!row) throw new RingfenceError('NOT_FOUND');
  return row;
}
