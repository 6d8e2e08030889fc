import type { TenantId } from '../context/index.js';
import type { TenantModel } from './tenant-models.js';

type Fields = Record<string, unknown>;

/**
 * Rewrites the key of a top-level upsert to the composite one that the database holds. Prisma would
 * write `ON CONFLICT ("id")`, for which there is no constraint; with the tenant in the key and in the
 * data it writes one atomic `ON CONFLICT ("tenant_id", "id")`.
 *
 * A key that is composite already (`tenantId_email`) gets the tenant where it is missing. Any other
 * unique field has no constraint of its own either: with the tenant as a further condition Prisma reads
 * first and writes then.
 *
 * @param args the arguments in Prisma's protocol; changed in place.
 */
export function rewriteUpsertKey(args: Fields, model: TenantModel, tenantId: TenantId): void {
  const { tenantField } = model;
  const { where, create } = args;
  if (tenantField === undefined || !isFields(where) || !isFields(create)) return;
  const prefix = `${tenantField}_`;
  const key: Fields = {};
  let composite = false;
  for (const [name, value] of Object.entries(where)) {
    if (name === 'id') {
      key[`${prefix}id`] = { [tenantField]: tenantId, id: value };
      composite = true;
    } else if (name.startsWith(prefix) && !model.scalars.has(name) && isFields(value)) {
      key[name] = { [tenantField]: tenantId, ...value };
      composite = true;
    } else key[name] = value;
  }
  args.where = composite
    ? key
    : { ...key, AND: [{ [tenantField]: tenantId }, key.AND ?? []].flat() };
  args.create = { [tenantField]: tenantId, ...create };
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
