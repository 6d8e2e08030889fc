import { currentFrame, type Frame, type TenantId } from '../context/index.js';
import { RingfenceError } from '../errors/index.js';
import type { PrismaRequest, RequestHandler } from './prisma-internals.js';

/** The reads that Prisma batches; of one tenant they may share a statement, whoever asks. */
const BATCHED: ReadonlySet<string> = new Set(['findUnique', 'findUniqueOrThrow']);
const KEPT_TENANTS = 1000;

/**
 * Keeps frames apart where Prisma batches. One request handler collects `findUnique` calls and array
 * transactions until the next tick and sends them in the asynchronous context of the *first* caller,
 * as one statement where it can: a second tenant's calls would run as the first tenant.
 *
 * So every frame gets a request handler of its own. Its tick starts in that frame, and nothing of
 * another frame can be in it; calls of one frame batch as before. Frames, not tenants: a transaction
 * is a frame too, and work inside must not share a statement with work outside.
 *
 * Only reads by unique key outside of any transaction get one handler per tenant: requests of one tenant that
 * come in one tick ask once for all. It runs as the first of them, who is of the same tenant, and a read
 * tells nobody who asked. And what Prisma does not batch at all is sent at once, by the caller, and needs no
 * handler of its own.
 *
 * @throws RingfenceError `PRISMA_VERSION_UNSUPPORTED` when a new handler would share its loader.
 */
export function dispatchPerFrame(
  handler: RequestHandler,
): (request: PrismaRequest) => Promise<unknown> {
  const Handler = handler.constructor as new (
    client: object,
    logEmitter: unknown,
  ) => RequestHandler;
  const make = (): RequestHandler => new Handler(handler.client, handler.logEmitter);
  const [one, other] = [make(), make()];
  const separate = one.dataloader && other.dataloader && one.dataloader !== other.dataloader;
  if (!separate || one.dataloader === handler.dataloader || one.client !== handler.client) {
    throw new RingfenceError('PRISMA_VERSION_UNSUPPORTED', { detail: 'Request handler unknown.' });
  }
  const ofFrame = new WeakMap<Frame, RequestHandler>();
  const ofTenant = new Map<TenantId, RequestHandler>();
  const handlerFor = (frame: Frame, tenantId: TenantId, request: PrismaRequest): RequestHandler => {
    const shared =
      BATCHED.has(request.protocolQuery.action) &&
      request.transaction === undefined &&
      frame.transactions.size === 0;
    let own = shared ? ofTenant.get(tenantId) : ofFrame.get(frame);
    if (own) return own;
    own = make();
    if (!shared) ofFrame.set(frame, own);
    else {
      // What an old handler has still to send it sends by itself.
      if (ofTenant.size >= KEPT_TENANTS) ofTenant.clear();
      ofTenant.set(tenantId, own);
    }
    return own;
  };
  return (request) => {
    const frame = currentFrame();
    if (!frame?.tenant) throw new RingfenceError('TENANT_CONTEXT_MISSING');
    if (one.dataloader.options.batchBy(request) === undefined) return one.request(request);
    return handlerFor(frame, frame.tenant.tenantId, request).request(request);
  };
}
