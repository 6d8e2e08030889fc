import { setTimeout as pause } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseTenantId } from '../context/index.js';
import { isRingfenceError } from '../errors/index.js';
import { REDIS_COUNTER_CONNECTION, redisCounters } from './redis-counters.js';
import { NO_REDIS, RedisServer } from './redis-server.fixture.js';
import { type StoreFailurePolicy, TenantRateLimiter } from './tenant-rate-limiter.js';

const A = parseTenantId('8c5f4d0e-9b1a-4f66-9a63-0d5bb5f0a001');
const B = parseTenantId('8c5f4d0e-9b1a-4f66-9a63-0d5bb5f0b002');
const C = parseTenantId('8c5f4d0e-9b1a-4f66-9a63-0d5bb5f0c003');
const LIMIT = 50;
const STORE_PAUSE_MS = 20;

describe.skipIf(NO_REDIS)(`a store that fails${NO_REDIS ? ` (${NO_REDIS})` : ''}`, () => {
  let server: RedisServer;
  let client: Redis;
  let failures = 0;
  beforeEach(async () => {
    server = await RedisServer.start();
    client = new Redis(server.url, REDIS_COUNTER_CONNECTION);
    client.on('error', () => undefined);
    await new Promise((ready) => client.once('ready', ready));
    failures = 0;
  });
  afterEach(async () => {
    client.disconnect();
    await server.stop();
  });

  function limiterThat(whenStoreFails: StoreFailurePolicy) {
    const plan = { tenant: { sustained: { requests: LIMIT, seconds: 600 } } };
    return new TenantRateLimiter({
      rules: { defaultPlan: 'only', plans: { only: plan } },
      store: redisCounters({ client }),
      whenStoreFails,
      storePauseMs: STORE_PAUSE_MS,
      storeTimeoutMs: 200,
      onStoreFailure: () => {
        failures += 1;
      },
    });
  }

  const take = async (limiter: TenantRateLimiter, tenantId = A): Promise<string> => {
    try {
      const decision = await limiter.take({
        tenantId,
        actor: { kind: 'api-key', id: 'k1', role: 'member' },
        route: 'GET /projects',
        routeClass: 'read',
      });
      if (!decision) return 'uncounted';
      return decision.allowed ? 'allowed' : 'refused';
    } catch (error) {
      return isRingfenceError(error) ? error.code : 'broken';
    }
  };

  /** Asks all the time, `during` meanwhile; answers what came back, by kind. */
  async function underLoad(limiter: TenantRateLimiter, during: () => Promise<void>) {
    const seen: Record<string, number> = {};
    let over = false;
    const askers = Array.from({ length: 10 }, async () => {
      while (!over) {
        const outcome = await take(limiter);
        seen[outcome] = (seen[outcome] ?? 0) + 1;
        await pause(1);
      }
    });
    await during();
    over = true;
    await Promise.all(askers);
    return seen;
  }

  const until = async (limiter: TenantRateLimiter, outcomes: readonly string[]): Promise<void> => {
    while (!outcomes.includes(await take(limiter))) await pause(5);
  };

  it.each([
    ['memory', ['allowed', 'refused']],
    ['open', ['uncounted']],
    ['closed', ['RATE_LIMITER_UNAVAILABLE']],
  ] as const)('%s, under load: stopped, and started again', async (policy, whileDown) => {
    const limiter = limiterThat(policy);
    const before = await underLoad(limiter, () => until(limiter, ['refused']));
    expect(Object.keys(before).sort()).toEqual(['allowed', 'refused']);

    const meanwhile = await underLoad(limiter, async () => {
      await server.stop();
      // A's counter is used up, which is remembered here; others have to be asked for.
      while (failures === 0) await take(limiter, C);
    });
    expect(Object.keys(meanwhile)).not.toContain('broken');
    const down = await Promise.all(Array.from({ length: LIMIT + 10 }, () => take(limiter, B)));
    expect(new Set(down)).toEqual(new Set(whileDown));

    await server.start();
    await new Promise<void>((ready) => {
      if (client.status === 'ready') ready();
      else client.once('ready', () => ready());
    });
    await pause(STORE_PAUSE_MS * 2);
    // It has forgotten everything, and counts again.
    const fresh = await Promise.all(Array.from({ length: LIMIT + 5 }, () => take(limiter, B)));
    expect(fresh.filter((one) => one === 'allowed')).toHaveLength(LIMIT);
    expect(fresh.filter((one) => one === 'refused')).toHaveLength(5);
  });

  it('is not waited for by every request while it hangs', async () => {
    const limiter = limiterThat('open');
    expect(await take(limiter)).toBe('allowed');
    server.freeze();
    expect(await take(limiter, B)).toBe('uncounted');
    expect(failures).toBe(1);
    server.thaw();
    await until(limiter, ['allowed']);
  });
});
