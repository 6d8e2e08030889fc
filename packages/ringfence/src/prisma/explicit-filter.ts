import type { TenantId } from '../context/index.js';
import type { TenantModel } from './tenant-models.js';

/**
 * Actions whose `where` takes the tenant as well. Not `findUnique`: Prisma puts calls of one tick into one
 * statement only while they ask for a unique key alone; the policy filters those. Not `upsertOne`: its key
 * is rewritten (upsert-key.ts). Creating has no `where`.
 */
const FILTERED: ReadonlySet<string> = new Set([
  'findFirst',
  'findFirstOrThrow',
  'findMany',
  'updateOne',
  'updateMany',
  'updateManyAndReturn',
  'deleteOne',
  'deleteMany',
  'aggregate',
  'groupBy',
]);

/**
 * Adds the tenant to the top-level `where`. The policy says the same; said in the statement too, it holds
 * without the policy, gives the planner the tenant's own statistics, and lets a sharded database ask one
 * shard instead of all. It never becomes part of what an UPDATE sets.
 *
 * @param args the arguments in Prisma's protocol; changed in place.
 */
export function addTenantFilter(
  args: Record<string, unknown>,
  action: string,
  { tenantField }: TenantModel,
  tenantId: TenantId,
): void {
  if (tenantField === undefined || !FILTERED.has(action)) return;
  const given = args.where;
  const where = typeof given === 'object' && given !== null ? { ...given } : {};
  // What the caller says about the field stays as it is: it was checked, and the policy filters too.
  if (!(tenantField in where)) args.where = { ...where, [tenantField]: tenantId };
}
