import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseTenantId } from 'ringfence/context';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readRateRules } from './read-rate-rules.js';

const A = parseTenantId('8c5f4d0e-9b1a-4f66-9a63-0d5bb5f0a001');
const B = parseTenantId('8c5f4d0e-9b1a-4f66-9a63-0d5bb5f0b002');
const PLANS = {
  free: { tenant: { burst: { requests: 20, seconds: 1 } } },
  paid: { tenant: { burst: { requests: 200, seconds: 1 } } },
};

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'rate-rules-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function read(content: unknown) {
  const file = path.join(folder, 'rules.json');
  await writeFile(file, typeof content === 'string' ? content : JSON.stringify(content));
  return readRateRules({ RATE_LIMITS_FILE: file, RATE_LIMIT_PER_SECOND: 1000 });
}

describe('readRateRules', () => {
  it('makes one plan of the number of requests per second', () => {
    const { rules, planOf } = readRateRules({
      RATE_LIMITS_FILE: undefined,
      RATE_LIMIT_PER_SECOND: 9,
    });
    expect(rules.plans[rules.defaultPlan]).toEqual({
      tenant: { burst: { requests: 9, seconds: 1 }, sustained: { requests: 180, seconds: 60 } },
      user: { burst: { requests: 5, seconds: 1 }, sustained: { requests: 100, seconds: 60 } },
      apiKey: { burst: { requests: 5, seconds: 1 }, sustained: { requests: 100, seconds: 60 } },
    });
    expect(planOf(A)).toBeUndefined();
  });

  it('reads plans and who has which', async () => {
    const { rules, planOf } = await read({
      defaultPlan: 'free',
      plans: PLANS,
      tenants: { [A]: 'paid' },
    });
    expect(rules).toEqual({ defaultPlan: 'free', plans: PLANS });
    expect([planOf(A), planOf(B)]).toEqual(['paid', undefined]);
  });

  it.each<[string, unknown, string]>([
    ['is no JSON', 'plans: secret', 'cannot be used'],
    ['has no plans', { defaultPlan: 'free' }, '/plans'],
    ['has an unknown field', { defaultPlan: 'free', plans: { free: { all: {} } } }, '/plans/free'],
    ['lacks the default plan', { defaultPlan: 'gold', plans: PLANS }, 'default plan'],
    [
      'names a tenant by slug',
      { defaultPlan: 'free', plans: PLANS, tenants: { acme: 'paid' } },
      'its id',
    ],
    [
      'gives a plan that is none',
      { defaultPlan: 'free', plans: PLANS, tenants: { [A]: 'constructor' } },
      'does not hold',
    ],
  ])('refuses a file that %s', async (_fault, content, detail) => {
    const error = await read(content).catch((thrown) => thrown);
    expect(error).toMatchObject({ code: 'CONFIGURATION_INVALID' });
    expect(error.detail).toContain(detail);
    expect(error.detail).not.toContain('secret');
  });

  it('refuses a file that is not there', () => {
    const config = { RATE_LIMITS_FILE: path.join(folder, 'absent'), RATE_LIMIT_PER_SECOND: 1 };
    expect(() => readRateRules(config)).toThrow(
      expect.objectContaining({ code: 'CONFIGURATION_INVALID' }),
    );
  });
});
