import { markRowTenant, type TenantId } from '../context/index.js';
import { RingfenceError } from '../errors/index.js';
import type { ProtocolQuery, ProtocolSelection } from './prisma-internals.js';
import type { TenantModel, TenantModels } from './tenant-models.js';

/** Actions of Prisma's protocol that answer with entities, and those that do not. */
const ANSWERS_ENTITIES: Readonly<Record<string, boolean>> = {
  findUnique: true,
  findUniqueOrThrow: true,
  findFirst: true,
  findFirstOrThrow: true,
  findMany: true,
  createOne: true,
  createManyAndReturn: true,
  updateOne: true,
  updateManyAndReturn: true,
  upsertOne: true,
  deleteOne: true,
  createMany: false,
  updateMany: false,
  deleteMany: false,
  aggregate: false,
  groupBy: false,
};

/** How the entities of an answer are nested, and where each one keeps its tenant. */
export interface EntityShape {
  readonly model: TenantModel;
  /** Did the caller ask to see the tenant field? */
  readonly shown: boolean;
  readonly relations: readonly { readonly field: string; readonly shape: EntityShape }[];
}

/**
 * Makes a query read the tenant of every row, at every depth, whatever its `select`, `omit` and
 * `include` say.
 *
 * @param query the query in Prisma's protocol; changed in place.
 * @returns the shape of the answer for {@link markEntities}; `undefined` when there are no entities.
 * @throws RingfenceError `PRISMA_VERSION_UNSUPPORTED` for an action that is not known.
 */
export function selectRowTenant(
  { action, query }: ProtocolQuery,
  model: TenantModel,
  models: TenantModels,
): EntityShape | undefined {
  const entities = ANSWERS_ENTITIES[action];
  if (entities === undefined) {
    throw new RingfenceError('PRISMA_VERSION_UNSUPPORTED', { detail: `Unknown action ${action}.` });
  }
  return entities ? selectIn(query, model, models) : undefined;
}

function selectIn(
  { selection }: ProtocolSelection,
  model: TenantModel,
  models: TenantModels,
): EntityShape {
  const { tenantField } = model;
  const relations: { field: string; shape: EntityShape }[] = [];
  for (const [field, nested] of Object.entries(selection)) {
    const related = models.get(model.relations.get(field) ?? '');
    if (related && isSelection(nested)) {
      relations.push({ field, shape: selectIn(nested, related, models) });
    }
  }
  if (tenantField === undefined) return { model, shown: true, relations };
  const asked = selection[tenantField];
  const shown = asked === true || (selection.$scalars === true && asked !== false);
  // An empty selection is the caller's mistake; it is Prisma's to say so.
  if (Object.values(selection).some(Boolean)) selection[tenantField] = true;
  return { model, shown, relations };
}

/** The shape of what a chain such as `note.findUnique().folder()` answers with. */
export function shapeAt(shape: EntityShape, dataPath: readonly string[]): EntityShape | undefined {
  let at: EntityShape | undefined = shape;
  // Pairs of 'select' and the name of a relation.
  for (let index = 1; index < dataPath.length; index += 2) {
    at = at?.relations.find(({ field }) => field === dataPath[index])?.shape;
  }
  return at;
}

/**
 * Checks the tenant of every entity in an answer, marks the entity with it, and takes it away again
 * where the caller had not asked for it.
 *
 * @returns the answer to give to the caller; entities may be new objects.
 * @throws RingfenceError `EGRESS_VIOLATION` for a row that is not the tenant's.
 */
export function markEntities(answer: unknown, shape: EntityShape, tenantId: TenantId): unknown {
  if (Array.isArray(answer)) {
    for (let index = 0; index < answer.length; index += 1) {
      answer[index] = markEntities(answer[index], shape, tenantId);
    }
    return answer;
  }
  if (typeof answer !== 'object' || answer === null) return answer;
  const row = answer as Record<string, unknown>;
  for (const relation of shape.relations) {
    row[relation.field] = markEntities(row[relation.field], relation.shape, tenantId);
  }
  const { tenantField } = shape.model;
  if (tenantField === undefined) return row;
  if (row[tenantField] !== tenantId) {
    throw new RingfenceError('EGRESS_VIOLATION', {
      detail: `A row of ${shape.model.name} is not of the current tenant.`,
    });
  }
  if (shape.shown) return markRowTenant(row, tenantId);
  // Not `delete`: it would turn every row into a slow object.
  const { [tenantField]: _hidden, ...shown } = row;
  return markRowTenant(shown, tenantId);
}

function isSelection(value: unknown): value is ProtocolSelection {
  return typeof value === 'object' && value !== null && 'selection' in value;
}
