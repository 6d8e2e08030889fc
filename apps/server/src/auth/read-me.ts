import type { TenantContext } from 'ringfence/context';
import { RingfenceError } from 'ringfence/errors';
import type { TenantPool } from 'ringfence/postgres';
import type { TenantPrisma } from '../database/index.js';
import type { MeView } from './auth-schemas.js';

/** What {@link readMe} needs. */
export interface ReadMeDependencies {
  readonly directory: Pick<TenantPool, 'findTenant'>;
  readonly prisma: TenantPrisma;
}

/**
 * Reads the person behind an access token, as they are now: name and role may have changed since it
 * was issued.
 *
 * @throws RingfenceError `NOT_FOUND` for an actor that is no person, `TOKEN_INVALID` for a person or
 *   tenant that has been removed since.
 */
export async function readMe(
  deps: ReadMeDependencies,
  { tenantId, actor }: TenantContext,
): Promise<MeView> {
  if (actor.kind !== 'user') throw new RingfenceError('NOT_FOUND');
  const tenant = await deps.directory.findTenant(tenantId);
  const user = await deps.prisma.user.findUnique({
    where: { id: actor.id },
    select: { id: true, email: true, name: true, role: true },
  });
  if (!tenant || !user) throw new RingfenceError('TOKEN_INVALID');
  return { ...user, tenant: { id: tenant.id, slug: tenant.slug } };
}
