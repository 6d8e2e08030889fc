import { currentFrame, type Frame, runInFrame } from '../context/index.js';
import { RingfenceError } from '../errors/index.js';

/** How a deferred call is started: alone, or as one of an array transaction. */
export interface StartOptions {
  readonly inBatch: boolean;
}

/** Runs `fn` in the frame that the deferred call belongs to, or refuses to. */
export type StartDeferred = <T>(fn: () => T, options: StartOptions) => T;

/**
 * Captures who makes a call that is started later. Prisma's promises are lazy: left alone they run as
 * whoever awaits them. A call runs as the tenant that made it, or not at all:
 *
 * - made without a tenant, it never runs;
 * - awaited by another tenant, it is refused;
 * - awaited with no tenant, it runs where it was made;
 * - awaited inside an open transaction of the same tenant, it joins that one, unless it was made inside
 *   a transaction itself: a pool of one connection would wait for itself otherwise;
 * - in an array transaction it runs where `$transaction` was called, so that the array stays one.
 *
 * @throws RingfenceError `TENANT_CONTEXT_MISSING`, `TENANT_CONTEXT_MISMATCH`; when it is started.
 */
export function deferCall(pool: object): StartDeferred {
  const maker = currentFrame();
  const madeBy = maker?.tenant?.tenantId;
  return (fn, { inBatch }) => {
    if (!maker || !madeBy) throw new RingfenceError('TENANT_CONTEXT_MISSING');
    const starter = currentFrame();
    const startedBy = starter?.tenant?.tenantId;
    if (starter === undefined || startedBy === undefined) {
      if (inBatch) throw new RingfenceError('TENANT_CONTEXT_MISSING');
      return runInFrame(maker, fn);
    }
    if (startedBy !== madeBy) throw new RingfenceError('TENANT_CONTEXT_MISMATCH');
    return inBatch || joins(maker, starter, pool) ? fn() : runInFrame(maker, fn);
  };
}

function joins(maker: Frame, starter: Frame, pool: object): boolean {
  if (maker === starter) return true;
  return !maker.transactions.has(pool) && (starter.transactions.get(pool)?.open ?? false);
}
