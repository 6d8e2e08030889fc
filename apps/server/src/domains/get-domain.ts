import { RingfenceError } from 'ringfence/errors';
import type { DomainDependencies } from './domain-dependencies.js';
import { type DomainRow, domainSelect } from './domain-view.js';

/** @throws RingfenceError `NOT_FOUND`; a domain of another tenant is not found either. */
export async function getDomain(
  { prisma }: Pick<DomainDependencies, 'prisma'>,
  id: string,
): Promise<DomainRow> {
  const row = await prisma.customDomain.findUnique({ where: { id }, select: domainSelect });
  if (!row) throw new RingfenceError('NOT_FOUND');
  return row;
}
