import { RingfenceError } from 'ringfence/errors';
import type { DomainDependencies } from './domain-dependencies.js';

/**
 * Takes a domain off the tenant's list: it names this tenant no longer, on this server at once and on
 * others within seconds.
 *
 * @throws RingfenceError `NOT_FOUND`
 */
export async function deleteDomain(
  { prisma, pool }: Pick<DomainDependencies, 'prisma' | 'pool'>,
  id: string,
): Promise<void> {
  const deleted = await prisma.$transaction(async (tx) => {
    const row = await tx.customDomain.findUnique({ where: { id }, select: { domain: true } });
    const { count } = await tx.customDomain.deleteMany({ where: { id } });
    if (!row || count === 0) return false;
    await pool.deactivateDomain(row.domain);
    return true;
  });
  if (!deleted) throw new RingfenceError('NOT_FOUND');
}
