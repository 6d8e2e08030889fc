import { RingfenceError } from 'ringfence/errors';
import type { TenantPrisma } from '../database/index.js';
import { type ProjectRow, projectSelect } from './project-view.js';

/** @throws RingfenceError `NOT_FOUND`; a project of another tenant is not found either. */
export async function getProject(prisma: TenantPrisma, id: string): Promise<ProjectRow> {
  const row = await prisma.project.findUnique({ where: { id }, select: projectSelect });
  if (!row) throw new RingfenceError('NOT_FOUND');
  return row;
}
