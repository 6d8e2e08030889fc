import { RingfenceError } from '../errors/index.js';
import { currentFrame, type Frame, newFrame, runInFrame } from './frame.js';
import { type TenantContext, tenantContext } from './tenant-context.js';
import type { TenantId } from './tenant-id.js';

/** How {@link runInTenant} behaves inside another tenant's work. */
export interface RunInTenantOptions {
  /**
   * `refuse` (the default): entering another tenant is an error. `separate`: the caller means it;
   * the inner work is for the other tenant alone. Inside an open transaction both are refused.
   */
  readonly nested?: 'refuse' | 'separate';
}

/**
 * Runs `fn` for one tenant: every query that it makes through a tenant pool is bound to that tenant.
 * Entering the same tenant again keeps the outer context (its actor and its open transaction).
 *
 * @param tenant a tenant id (the actor is then the system), or a whole context.
 * @throws RingfenceError `TENANT_CONTEXT_NESTED` inside another tenant's work,
 *   `TENANT_SWITCH_IN_TRANSACTION` while a transaction of another tenant is open.
 * @example
 * const documents = await runInTenant(acme, () => prisma.document.findMany());
 */
export function runInTenant<T>(
  tenant: TenantId | TenantContext,
  fn: () => T | PromiseLike<T>,
  options: RunInTenantOptions = {},
): Promise<T> {
  let frame: Frame;
  try {
    frame = frameOf(tenant, options);
  } catch (error) {
    return Promise.reject(error);
  }
  return runInFrame(frame, () => started(fn));
}

/**
 * The promise of `fn`'s result, started where this is called. One of our own is made only for a lazy one
 * (Prisma's, or a subclass such as the queries of postgres.js), which must start here and not at its
 * consumer, and for what is no promise: whatever waits in a tenant's context holds on to every one of them.
 */
function started<T>(fn: () => T | PromiseLike<T>): Promise<T> {
  try {
    const result = fn();
    return isPlainPromise(result) ? result : awaited(result);
  } catch (error) {
    return Promise.reject(error);
  }
}

/** One that runs already: of the language itself, or of an async function. */
function isPlainPromise<T>(value: T | PromiseLike<T>): value is Promise<T> {
  return value instanceof Promise && Object.getPrototypeOf(value) === Promise.prototype;
}

async function awaited<T>(value: T | PromiseLike<T>): Promise<T> {
  return await value;
}

/** The frame to work in: the one that we are in, or a new one for another tenant. */
function frameOf(tenant: TenantId | TenantContext, options: RunInTenantOptions): Frame {
  const context =
    typeof tenant === 'string'
      ? tenantContext(tenant, { kind: 'system', reason: 'runInTenant' })
      : tenant;
  const frame = currentFrame();
  if (frame?.tenant) {
    if (frame.tenant.tenantId === context.tenantId) return frame;
    for (const transaction of frame.transactions.values()) {
      if (transaction.open) throw new RingfenceError('TENANT_SWITCH_IN_TRANSACTION');
    }
    if (options.nested !== 'separate') throw new RingfenceError('TENANT_CONTEXT_NESTED');
  }
  return newFrame(context, frame?.requestId);
}

/**
 * The context of the running work.
 *
 * @throws RingfenceError `TENANT_CONTEXT_MISSING` when there is none.
 */
export function currentTenant(): TenantContext {
  const tenant = currentFrame()?.tenant;
  if (!tenant) throw new RingfenceError('TENANT_CONTEXT_MISSING');
  return tenant;
}

/** The context of the running work, or `undefined`: for logs and for guards that decide. */
export function maybeTenant(): TenantContext | undefined {
  return currentFrame()?.tenant;
}
