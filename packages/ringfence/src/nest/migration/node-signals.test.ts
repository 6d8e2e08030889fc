import { describe, expect, it } from 'vitest';
import { NodeSignals } from './node-signals.js';

describe('NodeSignals', () => {
  it('counts requests and failures, and begins anew when it is taken', () => {
    const signals = new NodeSignals();
    for (let n = 0; n < 10; n += 1) signals.record(1, n < 3);
    expect(signals.take()).toMatchObject({ requests: 10, errors: 3 });
    expect(signals.take()).toEqual({ requests: 0, errors: 0, p95Micros: 0 });
  });

  it.each([
    ['all alike', () => 12.5, 12_500],
    ['one slow in twenty', (n: number) => (n % 20 === 0 ? 900 : 3), 3000],
    ['two slow in twenty', (n: number) => (n % 10 === 0 ? 900 : 3), 900_000],
    ['from 1 to 1000 ms', (n: number) => n + 1, 950_000],
    ['shorter than a microsecond', () => 0, 1],
  ])('finds the 95th percentile within 5 %%: %s', (_what, duration, expected) => {
    const signals = new NodeSignals();
    for (let n = 0; n < 1000; n += 1) signals.record(duration(n), false);
    const { p95Micros } = signals.take();
    expect(p95Micros).toBeGreaterThanOrEqual(expected * 0.999);
    expect(p95Micros).toBeLessThanOrEqual(expected * 1.05);
  });

  it('bears absurd durations', () => {
    const signals = new NodeSignals();
    for (const duration of [Number.MAX_VALUE, Number.POSITIVE_INFINITY, -1, Number.NaN]) {
      signals.record(duration, false);
    }
    const { p95Micros, requests } = signals.take();
    expect(requests).toBe(4);
    expect(Number.isSafeInteger(p95Micros)).toBe(true);
  });
});
