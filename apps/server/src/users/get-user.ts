import { RingfenceError } from 'ringfence/errors';
import type { TenantPrisma } from '../database/index.js';
import { type UserRow, userSelect } from './user-view.js';

/** @throws RingfenceError `NOT_FOUND`; a user of another tenant is not found either. */
export async function getUser(prisma: TenantPrisma, id: string): Promise<UserRow> {
  const row = await prisma.user.findUnique({ where: { id }, select: userSelect });
  if (!row) throw new RingfenceError('NOT_FOUND');
  return row;
}
