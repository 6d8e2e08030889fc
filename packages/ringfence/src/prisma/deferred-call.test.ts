import { describe, expect, it } from 'vitest';
import {
  currentFrame,
  currentTenant,
  newFrame,
  parseTenantId,
  runInFrame,
  runInTenant,
  runInTransactionFrame,
} from '../context/index.js';
import { deferCall, type StartDeferred } from './deferred-call.js';

const A = parseTenantId('aaaaaaaa-0000-4000-8000-00000000000a');
const B = parseTenantId('bbbbbbbb-0000-4000-8000-00000000000b');
const code = (wanted: string): object => expect.objectContaining({ code: wanted });
const pool = {};
const ALONE = { inBatch: false };
const IN_BATCH = { inBatch: true };

const make = (): Promise<StartDeferred> => runInTenant(A, () => deferCall(pool));
const who = (): string => currentTenant().tenantId;

describe('a deferred call', () => {
  it('runs where it was made when nobody in particular starts it', async () => {
    const start = await make();
    expect(start(who, ALONE)).toBe(A);
    expect(runInFrame(newFrame(), () => start(who, ALONE))).toBe(A);
  });

  it('runs in the frame of its maker, not of a later request of the same tenant', async () => {
    const made = await runInTenant(A, () => ({ start: deferCall(pool), frame: currentFrame() }));
    const ran = await runInTenant(A, () => made.start(currentFrame, ALONE));
    expect(ran).toBe(made.frame);
  });

  it('is refused to another tenant, however it is started', async () => {
    const start = await make();
    for (const options of [ALONE, IN_BATCH]) {
      await expect(runInTenant(B, () => start(who, options))).rejects.toThrow(
        code('TENANT_CONTEXT_MISMATCH'),
      );
    }
  });

  it('never runs when it was made without a tenant, also if the frame is filled later', async () => {
    const nobody = deferCall(pool);
    const unfilled = runInFrame(newFrame(), () => deferCall(pool));
    for (const start of [nobody, unfilled]) {
      await expect(runInTenant(A, () => start(who, ALONE))).rejects.toThrow(
        code('TENANT_CONTEXT_MISSING'),
      );
      expect(() => start(who, ALONE)).toThrow(code('TENANT_CONTEXT_MISSING'));
    }
  });

  it('in an array runs where the array is started, which needs a tenant', async () => {
    const start = await make();
    const frame = await runInTenant(A, () => {
      expect(start(currentFrame, IN_BATCH)).toBe(currentFrame());
      return currentFrame();
    });
    expect(frame).toBeDefined();
    expect(() => start(who, IN_BATCH)).toThrow(code('TENANT_CONTEXT_MISSING'));
  });

  it('joins an open transaction of its tenant on the same pool', async () => {
    const start = await make();
    const inTransaction = (transaction: { open: boolean }, of: object) =>
      runInTenant(A, () =>
        runInTransactionFrame(of, transaction, () => start(currentFrame, ALONE) === currentFrame()),
      );
    expect(await inTransaction({ open: true }, pool)).toBe(true);
    expect(await inTransaction({ open: false }, pool)).toBe(false);
    expect(await inTransaction({ open: true }, {})).toBe(false);
  });

  it('made in a transaction stays there', async () => {
    const start = await runInTenant(A, () =>
      runInTransactionFrame(pool, { open: true }, () => deferCall(pool)),
    );
    const stays = await runInTenant(A, () =>
      runInTransactionFrame(
        pool,
        { open: true },
        () => start(currentFrame, ALONE) !== currentFrame(),
      ),
    );
    expect(stays).toBe(true);
  });
});
