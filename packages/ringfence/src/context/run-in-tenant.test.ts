import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { captureFrame, fillFrame, newFrame, runInFrame, runInTransactionFrame } from './frame.js';
import { currentTenant, maybeTenant, runInTenant } from './run-in-tenant.js';
import { tenantContext } from './tenant-context.js';
import { parseTenantId } from './tenant-id.js';

const A = parseTenantId('aaaaaaaa-0000-4000-8000-00000000000a');
const B = parseTenantId('bbbbbbbb-0000-4000-8000-00000000000b');
const code = (wanted: string): object => expect.objectContaining({ code: wanted });

describe('runInTenant', () => {
  it('carries the tenant through everything that is awaited, for two tenants at once', async () => {
    const work = (tenant: typeof A) =>
      runInTenant(tenant, async () => {
        await sleep(1);
        await Promise.all([1, 2].map(() => sleep(1)));
        return currentTenant().tenantId;
      });
    expect(await Promise.all([work(A), work(B), work(A)])).toEqual([A, B, A]);
    expect(maybeTenant()).toBeUndefined();
  });

  it('has no context outside', () => {
    expect(() => currentTenant()).toThrow(code('TENANT_CONTEXT_MISSING'));
  });

  it('starts a lazy promise inside, not at its consumer', async () => {
    // biome-ignore lint/suspicious/noThenProperty: Prisma's promises are such thenables.
    const lazy = { then: (ok: (id: string) => void) => ok(currentTenant().tenantId) };
    expect(await runInTenant(A, () => lazy as PromiseLike<string>)).toBe(A);
    expect(await runInTenant(A, () => runInTenant(A, () => lazy as PromiseLike<string>))).toBe(A);
  });

  it('starts a promise whose class is lazy inside as well', async () => {
    class Query extends Promise<string> {
      // biome-ignore lint/suspicious/noThenProperty: as the queries of postgres.js.
      override then<R1, R2>(
        done?: ((value: string) => R1 | PromiseLike<R1>) | null,
        failed?: ((reason: unknown) => R2 | PromiseLike<R2>) | null,
      ): Promise<R1 | R2> {
        const run = (): string => currentTenant().tenantId;
        return Promise.resolve().then(run).then(done, failed);
      }
    }
    expect(await runInTenant(A, () => new Query(() => undefined))).toBe(A);
  });

  it('gives back what is no promise, and what is thrown, as a promise', async () => {
    expect(await runInTenant(A, () => 7)).toBe(7);
    const failing = runInTenant(A, () => {
      throw new Error('at once');
    });
    await expect(failing).rejects.toThrow('at once');
  });

  it('keeps the outer context when the same tenant is entered again', async () => {
    const outer = tenantContext(A, { kind: 'system', reason: 'outer' });
    await runInTenant(outer, () =>
      runInTenant(A, () => expect(currentTenant().actor).toEqual(outer.actor)),
    );
  });

  it('refuses another tenant inside, unless the caller means it', async () => {
    await runInTenant(A, async () => {
      await expect(runInTenant(B, () => undefined)).rejects.toThrow(code('TENANT_CONTEXT_NESTED'));
      const inner = await runInTenant(B, () => currentTenant().tenantId, { nested: 'separate' });
      expect(inner).toBe(B);
      expect(currentTenant().tenantId).toBe(A);
    });
  });

  it('refuses another tenant inside an open transaction, even when the caller means it', async () => {
    await runInTenant(A, async () => {
      const transaction = { open: true };
      await runInTransactionFrame({}, transaction, async () => {
        await expect(runInTenant(B, () => undefined, { nested: 'separate' })).rejects.toThrow(
          code('TENANT_SWITCH_IN_TRANSACTION'),
        );
        transaction.open = false;
        await expect(runInTenant(B, () => 1, { nested: 'separate' })).resolves.toBe(1);
      });
    });
  });

  it('cannot be changed from inside', async () => {
    await runInTenant(A, () => {
      const context = currentTenant() as { tenantId: string };
      expect(() => {
        context.tenantId = B;
      }).toThrow(TypeError);
    });
  });
});

describe('a frame that is filled later', () => {
  it('is seen by everything in it once it is filled, and is filled once', () => {
    runInFrame(newFrame(), () => {
      expect(maybeTenant()).toBeUndefined();
      fillFrame(tenantContext(A, { kind: 'system', reason: 'test' }));
      expect(currentTenant().tenantId).toBe(A);
      expect(() => fillFrame(tenantContext(B, { kind: 'system', reason: 'test' }))).toThrow(
        code('TENANT_CONTEXT_FILLED'),
      );
    });
    expect(() => fillFrame(tenantContext(A, { kind: 'system', reason: 'x' }))).toThrow(
      code('TENANT_CONTEXT_MISSING'),
    );
  });

  it('is what a captured frame returns to, from another tenant or from none', async () => {
    const capturedOutside = captureFrame();
    const capturedInA = await runInTenant(A, () => captureFrame());
    expect(capturedInA(() => currentTenant().tenantId)).toBe(A);
    await runInTenant(B, () => {
      expect(capturedInA(() => currentTenant().tenantId)).toBe(A);
      expect(capturedOutside(() => maybeTenant())).toBeUndefined();
    });
  });
});

describe('parseTenantId', () => {
  it('accepts a UUID in any case and gives its canonical text', () => {
    expect(parseTenantId(A.toUpperCase())).toBe(A);
  });

  it.each([undefined, null, 7, '', 'acme', `${A} `, `{${A}}`, `${A}'--`, {}, [A]])(
    'refuses %j',
    (value) => {
      expect(() => parseTenantId(value)).toThrow(code('TENANT_ID_INVALID'));
    },
  );
});
