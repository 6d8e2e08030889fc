import { AsyncLocalStorage } from 'node:async_hooks';
import { RingfenceError } from '../errors/index.js';
import type { TenantContext } from './tenant-context.js';

/**
 * What travels with a chain of asynchronous calls. A request opens an empty frame before anybody is
 * authenticated and its guard fills the slot once; `transactions` holds the open tenant transaction
 * of each pool, so that work inside joins it instead of asking the pool for a second connection.
 */
export interface Frame {
  tenant: TenantContext | undefined;
  readonly transactions: ReadonlyMap<object, OpenTransaction>;
  /** Of the request that the work belongs to, where there is one: it goes into logs. */
  readonly requestId?: string | undefined;
}

/** The part of a transaction that the context must know: whether it is still open. */
export interface OpenTransaction {
  readonly open: boolean;
}

const storage = new AsyncLocalStorage<Frame>();
const NONE: ReadonlyMap<object, OpenTransaction> = new Map();

/** The frame of the running work, or `undefined` outside of any. */
export function currentFrame(): Frame | undefined {
  return storage.getStore();
}

/** Runs `fn` in a frame; everything it awaits sees the same frame. */
export function runInFrame<T>(frame: Frame, fn: () => T): T {
  return storage.run(frame, fn);
}

/** A frame for one tenant context, or an empty one to be filled. No transaction is open in it. */
export function newFrame(tenant?: TenantContext, requestId?: string): Frame {
  return { tenant, transactions: NONE, requestId };
}

/**
 * Fills the empty slot of the current frame: done once per request, by the guard that has verified
 * who asks and for which tenant.
 *
 * @throws RingfenceError `TENANT_CONTEXT_MISSING` outside a frame, `TENANT_CONTEXT_FILLED` the second time.
 */
export function fillFrame(tenant: TenantContext): void {
  const frame = currentFrame();
  if (!frame) throw new RingfenceError('TENANT_CONTEXT_MISSING');
  if (frame.tenant) throw new RingfenceError('TENANT_CONTEXT_FILLED');
  frame.tenant = tenant;
}

/** Runs `fn` with a pool's transaction added to the current frame. */
export function runInTransactionFrame<T>(
  pool: object,
  transaction: OpenTransaction,
  fn: () => T,
): T {
  const frame = currentFrame();
  const transactions = new Map(frame?.transactions ?? NONE).set(pool, transaction);
  return storage.run({ tenant: frame?.tenant, transactions, requestId: frame?.requestId }, fn);
}

/**
 * Captures the frame of the caller and returns a function that runs others in it: for work that is
 * made now and started later, from somebody else's context.
 */
export function captureFrame(): <T>(fn: () => T) => T {
  const frame = currentFrame();
  return (fn) => (frame ? storage.run(frame, fn) : storage.exit(fn));
}
