import { currentTenant, type TenantId } from '../context/index.js';
import { RingfenceError } from '../errors/index.js';
import { dispatchPerFrame } from './dispatch-guard.js';
import { addTenantFilter } from './explicit-filter.js';
import { ringfenceErrorIn } from './from-prisma.js';
import type { PrismaInternals, PrismaRequest } from './prisma-internals.js';
import { type EntityShape, markEntities, selectRowTenant, shapeAt } from './row-tenant-select.js';
import { checkTenantArguments } from './tenant-arguments.js';
import { type TenantModels, tenantModels } from './tenant-models.js';
import { rewriteUpsertKey } from './upsert-key.js';

/**
 * Guards the one door that every operation of a client takes, raw ones included: behind its extensions
 * and before batching. On the way in the query is checked and completed; on the way out its entities
 * are checked and marked.
 */
export function guardRequests(internals: PrismaInternals): void {
  const handler = internals._requestHandler;
  const models = tenantModels(internals._runtimeDataModel.models);
  const dispatch = dispatchPerFrame(handler);
  handler.request = async (request) => {
    const { tenantId } = currentTenant();
    const shape = prepare(request, models, tenantId);
    try {
      const answer = await dispatch(request);
      // Prisma sends the calls of one tick together; behind one that fails it skips the others and
      // answers them with undefined, as if they had been done.
      if (answer === undefined && request.dataPath.length === 0) {
        throw new RingfenceError('TRANSACTION_NOT_COMMITTED', { detail: 'A call was not run.' });
      }
      return shape ? markEntities(answer, shape, tenantId) : answer;
    } catch (error) {
      // An error of ours has a code, so Prisma takes it for one of its own and wraps it.
      throw ringfenceErrorIn(error) ?? error;
    }
  };
}

/** Checks and completes a query; tells the shape of the entities that it will answer with. */
function prepare(
  { protocolQuery, dataPath }: PrismaRequest,
  models: TenantModels,
  tenantId: TenantId,
): EntityShape | undefined {
  // Raw queries have no model: they are bound to the tenant like all others, and that is all.
  if (protocolQuery.modelName === undefined) return undefined;
  const model = models.get(protocolQuery.modelName);
  if (!model) throw new RingfenceError('PRISMA_VERSION_UNSUPPORTED', { detail: 'Unknown model.' });
  const { action, query } = protocolQuery;
  const args = query.arguments ?? {};
  checkTenantArguments(args, model, models, tenantId);
  if (action === 'upsertOne') rewriteUpsertKey(args, model, tenantId);
  addTenantFilter(args, action, model, tenantId);
  query.arguments = args;
  const shape = selectRowTenant(protocolQuery, model, models);
  return shape && shapeAt(shape, dataPath);
}
