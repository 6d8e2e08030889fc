import { PrismaPg } from '@prisma/adapter-pg';
import { RingfenceError } from '../errors/index.js';
import type { TenantPool } from '../postgres/index.js';
import { deferCall } from './deferred-call.js';
import { guardRequests } from './guard-requests.js';
import { openInternals, type PrismaInternals } from './prisma-internals.js';

/**
 * Builds a Prisma client on which every operation belongs to the tenant of the context that made it.
 * Clients derived from it by `$extends` are guarded as well.
 *
 * - Operations run as the tenant that made them, and never share a statement with another tenant's.
 * - An interactive `$transaction` is joined by the pool's and the client's calls inside it.
 * - `tenantId` is never needed: the database fills it in, and `upsert` gets its composite key.
 * - Every entity read or written carries the tenant of its row (`rowTenantOf`) and is checked by it.
 *
 * Raw queries are bound to the tenant like all others, but their rows cannot be marked.
 *
 * @param make builds the client over the adapter, with any options of its own.
 * @throws RingfenceError `POOL_NOT_TENANT_SCOPED` when the client would not run on the pool,
 *   `PRISMA_VERSION_UNSUPPORTED` for a Prisma whose inside has not been tested.
 * @example
 * const prisma = tenantPrisma(pool, (adapter) => new PrismaClient({ adapter }));
 * const projects = await runInTenant(acme, () => prisma.project.findMany());
 * @see docs/decisions/0002-prisma-model-shape.md, docs/decisions/0003-prisma-dispatch.md
 */
export function tenantPrisma<Client extends object>(
  pool: TenantPool,
  make: (adapter: PrismaPg) => Client,
): Client {
  const adapter = new PrismaPg(pool);
  const client = make(adapter);
  const internals = openInternals(client);
  // With a second copy of pg the adapter does not know the pool and silently builds a plain one.
  const { externalPool } = adapter as unknown as { externalPool?: unknown };
  if (externalPool !== pool || internals._engineConfig.adapter !== adapter) {
    throw new RingfenceError('POOL_NOT_TENANT_SCOPED');
  }
  guardPromises(internals, pool);
  guardTransactions(internals, pool);
  guardRequests(internals);
  return client;
}

/** A lazy promise runs as its maker: see {@link deferCall}. */
function guardPromises(internals: PrismaInternals, pool: TenantPool): void {
  const create = internals._createPrismaPromise;
  internals._createPrismaPromise = (start, spec) => {
    const run = deferCall(pool);
    return create(
      (transaction) => run(() => start(transaction), { inBatch: transaction?.kind === 'batch' }),
      spec,
    );
  };
}

/** The transaction that Prisma begins becomes the one that the pool's calls inside it join. */
function guardTransactions(internals: PrismaInternals, pool: TenantPool): void {
  const transaction = internals.$transaction;
  internals.$transaction = function (this: unknown, input, options) {
    const run = (): Promise<unknown> => transaction.call(this, input, options);
    return typeof input === 'function' ? pool.joinable(run) : run();
  };
}
