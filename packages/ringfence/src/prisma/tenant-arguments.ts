import { maybeTenantId, type TenantId } from '../context/index.js';
import { RingfenceError } from '../errors/index.js';
import type { TenantModel, TenantModels } from './tenant-models.js';

/**
 * Refuses arguments that name another tenant, at the top or in nested data. The database would refuse
 * or hide the row as well; this says so before anything is sent. Values of other fields, JSON among
 * them, are not looked into.
 *
 * @throws RingfenceError `TENANT_CONTEXT_MISMATCH`
 */
export function checkTenantArguments(
  args: Readonly<Record<string, unknown>>,
  model: TenantModel,
  models: TenantModels,
  tenantId: TenantId,
): void {
  // Keys at the top are always arguments (`data`, `where`), even where a field has the same name.
  for (const value of Object.values(args)) visit(value, model);

  function visit(node: unknown, at: TenantModel, under?: string): void {
    if (Array.isArray(node)) {
      for (const element of node) visit(element, at, under);
    } else if (isPlain(node)) {
      for (const [key, value] of Object.entries(node)) {
        const related = models.get(at.relations.get(key) ?? '');
        if (related) visit(value, related);
        else if (key === at.tenantField) compare(value, at);
        // Not a field: an operator, a compound key or a nested operation, all about this same model.
        else if (!at.scalars.has(key) || isNestedData(key, node, under)) visit(value, at, key);
      }
    }
  }

  function compare(value: unknown, at: TenantModel): void {
    if (isPlain(value) || Array.isArray(value)) {
      for (const inner of Object.values(value)) compare(inner, at);
      return;
    }
    const named = maybeTenantId(value);
    if (named === undefined || named === tenantId) return;
    throw new RingfenceError('TENANT_CONTEXT_MISMATCH', {
      detail: `The arguments for ${at.name} name another tenant.`,
    });
  }
}

/** The `data` of a nested update or createMany, also on a model that has a field called `data`. */
function isNestedData(key: string, siblings: object, under: string | undefined): boolean {
  return key === 'data' && (under === 'createMany' || 'where' in siblings);
}

function isPlain(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
