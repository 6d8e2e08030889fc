import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { parseTenantId } from '../context/index.js';
import { AccessPatterns } from './access-patterns.js';
import type { AccessStore } from './access-store.js';
import { AccessWatch } from './access-watch.js';
import { memoryAccessStore } from './memory-access-store.js';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const A = parseTenantId('8c5f4d0e-9b1a-4f66-9a63-0d5bb5f0a001');

function refused(patterns: AccessPatterns, times: number): void {
  for (let n = 0; n < times; n += 1) {
    patterns.observe({
      at: Date.now(),
      kind: 'read',
      tenantId: A,
      actor: { kind: 'user', id: 'u1' },
      code: 'TENANT_SOURCES_DISAGREE',
    });
  }
}

describe('AccessWatch', () => {
  it('raises what was counted by itself, again and again', async () => {
    const store = memoryAccessStore();
    const patterns = new AccessPatterns({ store });
    const watch = new AccessWatch({ patterns });
    watch.start();
    refused(patterns, 4);
    await vi.advanceTimersByTimeAsync(2000);
    expect(store.alerts).toEqual([]);
    refused(patterns, 1);
    await vi.advanceTimersByTimeAsync(2000);
    expect(store.alerts).toMatchObject([{ rule: 'cross-tenant-attempt' }]);
    await watch.stop();
  });

  it('never begins a round while one is under way, and goes on after one that failed', async () => {
    let running = 0;
    let most = 0;
    let rounds = 0;
    const inner = memoryAccessStore();
    const store: AccessStore = {
      raise: (alert) => inner.raise(alert),
      add: async (owner, at, counts) => {
        running += 1;
        most = Math.max(most, running);
        await new Promise((resolve) => setTimeout(resolve, 7000));
        running -= 1;
        rounds += 1;
        if (rounds === 1) throw new Error('away');
        return inner.add(owner, at, counts);
      },
    };
    const failures: unknown[] = [];
    const onFailure = (error: unknown): void => void failures.push(error);
    const patterns = new AccessPatterns({ store, onFailure });
    const watch = new AccessWatch({ patterns, onFailure });
    watch.start();
    refused(patterns, 5);
    await vi.advanceTimersByTimeAsync(30_000);
    expect([most, failures.length]).toEqual([1, 1]);
    expect(inner.alerts).toHaveLength(1);
    const stopped = watch.stop();
    await vi.advanceTimersByTimeAsync(10_000);
    await stopped;
  });

  it('sends at the stop what could have waited', async () => {
    const store = memoryAccessStore();
    const add = vi.spyOn(store, 'add');
    const patterns = new AccessPatterns({ store });
    const watch = new AccessWatch({ patterns });
    watch.start();
    const actor = { kind: 'user', id: 'u1' } as const;
    patterns.observe({ at: Date.now(), kind: 'read', tenantId: A, actor });
    await vi.advanceTimersByTimeAsync(4000);
    expect(add).not.toHaveBeenCalled();
    await watch.stop();
    expect(add).toHaveBeenCalledTimes(1);
  });
});
