import { describe, expect, it } from 'vitest';
import { parseTenantId, type TenantId } from '../context/index.js';
import { HeavyHitters } from './heavy-hitters.js';
import { type TenantCount, TenantTraffic } from './tenant-traffic.js';

function tenant(number: number): TenantId {
  return parseTenantId(`aaaaaaaa-0000-4000-8000-${String(number).padStart(12, '0')}`);
}

/** The same numbers every time. */
function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

const total = (counts: readonly TenantCount[]): number =>
  counts.reduce((sum, { count }) => sum + count, 0);
const bySeries = (counts: readonly TenantCount[]): Map<string, number> =>
  new Map(counts.map(({ tenant: name, status, count }) => [`${name} ${status}`, count]));

describe('HeavyHitters', () => {
  it('holds every key with more than its share, in bounded memory', () => {
    const sketch = new HeavyHitters(9);
    const random = numbers(1);
    for (let index = 0; index < 20_000; index += 1) {
      // One in five is the heavy one, the rest never come again.
      sketch.add(random() < 0.2 ? 'heavy' : `once-${index}`);
    }
    expect(sketch.top(1)).toEqual(['heavy']);
    expect(sketch.top(100).length).toBeLessThanOrEqual(9);
    expect(sketch.count('heavy')).toBeGreaterThan(20_000 * (0.18 - 0.1));
  });
});

describe('TenantTraffic', () => {
  it('counts few tenants exactly, by how their requests ended', () => {
    const traffic = new TenantTraffic({ top: 3 });
    for (const status of [200, 201, 304, 404, 429, 500, null]) {
      traffic.observe({ tenantId: tenant(1), status });
    }
    traffic.observe({ status: 200 });
    expect(traffic.read()).toEqual([
      { tenant: 'none', status: '2xx', count: 1 },
      { tenant: tenant(1), status: '2xx', count: 2 },
      { tenant: tenant(1), status: '3xx', count: 1 },
      { tenant: tenant(1), status: '4xx', count: 1 },
      { tenant: tenant(1), status: '429', count: 1 },
      { tenant: tenant(1), status: '5xx', count: 1 },
      { tenant: tenant(1), status: 'none', count: 1 },
    ]);
  });

  it('gives the busiest a series although thousands came before them', () => {
    const traffic = new TenantTraffic({ top: 5 });
    const random = numbers(2);
    for (let index = 0; index < 30_000; index += 1) {
      const busy = index > 3000 && random() < 0.5;
      const number = Math.floor(random() * (busy ? 5 : 5000));
      traffic.observe({ tenantId: tenant(busy ? number : 100 + number), status: 200 });
    }
    const named = new Set(traffic.read().map(({ tenant: name }) => name));
    for (const number of [0, 1, 2, 3, 4]) expect(named).toContain(tenant(number));
    expect(named.size).toBeLessThanOrEqual(2 * 5 + 1);
    expect(named).toContain('other');
  });

  it('never counts backwards, and loses no request to churn of the busiest', () => {
    const traffic = new TenantTraffic({ top: 4 });
    const random = numbers(3);
    let before = new Map<string, number>();
    let grown = 0;
    let sent = 0;
    for (let hour = 0; hour < 60; hour += 1) {
      // Every hour others are the busiest; the whole circle comes round twice.
      for (let index = 0; index < 4000; index += 1) {
        const number = random() < 0.8 ? ((hour % 30) * 4 + index) % 120 : 200 + (index % 900);
        traffic.observe({ tenantId: tenant(number), status: 200 });
        sent += 1;
      }
      const now = bySeries(traffic.read());
      for (const [series, count] of now) {
        const last = before.get(series) ?? 0;
        expect(count).toBeGreaterThanOrEqual(last);
        grown += count - last;
      }
      expect(now.size).toBeLessThanOrEqual(2 * 4 + 2);
      before = now;
    }
    // What Prometheus sees between two scrapes is everything, but for what a series got and lost in between.
    expect(grown).toBeLessThanOrEqual(sent);
    expect(grown).toBeGreaterThan(sent * 0.95);
    expect(total(traffic.read())).toBeLessThanOrEqual(sent);
  });

  it('keeps a tenant that is in the list on its series through any churn of the rest', () => {
    const traffic = new TenantTraffic({ top: 2 });
    let last = 0;
    for (let index = 0; index < 50_000; index += 1) {
      traffic.observe({ tenantId: tenant(index % 3 === 0 ? 1 : index), status: 200 });
      if (index % 997 !== 0) continue;
      const own = traffic.read().find(({ tenant: name }) => name === tenant(1))?.count ?? 0;
      expect(own).toBeGreaterThanOrEqual(last);
      last = own;
    }
    expect(last).toBeGreaterThan(16_000);
  });
});
