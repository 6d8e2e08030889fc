import { RingfenceError } from 'ringfence/errors';
import type { TenantPrisma } from '../database/index.js';
import { type RoleRow, roleSelect } from './role-view.js';

/** @throws RingfenceError `NOT_FOUND`; a role of another tenant is not found either. */
export async function getRole(prisma: TenantPrisma, id: string): Promise<RoleRow> {
  const row = await prisma.customRole.findUnique({ where: { id }, select: roleSelect });
  if (!row) throw new RingfenceError('NOT_FOUND');
  return row;
}
