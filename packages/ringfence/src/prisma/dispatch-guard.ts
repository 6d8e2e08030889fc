import { currentFrame, type Frame } from '../context/index.js';
import { RingfenceError } from '../errors/index.js';
import type { PrismaRequest, RequestHandler } from './prisma-internals.js';

/**
 * Keeps frames apart where Prisma batches. One request handler collects `findUnique` calls and array
 * transactions until the next tick and sends them in the asynchronous context of the *first* caller,
 * as one statement where it can: a second tenant's calls would run as the first tenant.
 *
 * So every frame gets a request handler of its own. Its tick starts in that frame, and nothing of
 * another frame can be in it; calls of one frame batch as before. Frames, not tenants: a transaction
 * is a frame too, and work inside must not share a statement with work outside.
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
  const handlers = new WeakMap<Frame, RequestHandler>();
  return (request) => {
    const frame = currentFrame();
    if (!frame?.tenant) throw new RingfenceError('TENANT_CONTEXT_MISSING');
    let own = handlers.get(frame);
    if (!own) {
      own = make();
      handlers.set(frame, own);
    }
    return own.request(request);
  };
}
