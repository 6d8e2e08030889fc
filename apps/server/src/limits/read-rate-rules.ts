import { readFileSync } from 'node:fs';
import { maybeTenantId, type TenantId } from 'ringfence/context';
import { RingfenceError } from 'ringfence/errors';
import { checkRateRules, type PlanRules, type RateRules, rulesOf } from 'ringfence/limits';
import { z } from 'zod';
import type { ServerConfig } from '../config.js';

const WINDOW = z.strictObject({ requests: z.int(), seconds: z.int() });
const LIMITS = z.strictObject({ burst: WINDOW.optional(), sustained: WINDOW.optional() });
const PLAN = z.strictObject({
  tenant: LIMITS.optional(),
  user: LIMITS.optional(),
  apiKey: LIMITS.optional(),
  routeClass: z.record(z.string(), LIMITS).optional(),
  concurrency: z
    .strictObject({
      connections: z.int().optional(),
      slowConnections: z.int().optional(),
      requests: z.int().optional(),
      queue: z.int().optional(),
    })
    .optional(),
  statementTimeoutMs: z.int().optional(),
});
const RULES_FILE = z.strictObject({
  defaultPlan: z.string(),
  plans: z.record(z.string(), PLAN),
  /** Tenant id → plan. */
  tenants: z.record(z.string(), z.string()).default({}),
});

/** What is allowed, and who has which plan. */
export interface ServerRateRules {
  readonly rules: RateRules;
  planOf(tenantId: TenantId): string | undefined;
}

/** What the plan of a tenant allows. */
export function limitsOf({ rules, planOf }: ServerRateRules): (tenantId: TenantId) => PlanRules {
  return (tenantId) => rulesOf(rules, planOf(tenantId));
}

/**
 * Reads the file that RATE_LIMITS_FILE names. Without one there is a single plan: a tenant may make
 * RATE_LIMIT_PER_SECOND requests at once and a third of that all the time, one actor half as much.
 *
 * @throws RingfenceError `CONFIGURATION_INVALID` when the file cannot be read or is not what it should be.
 */
export function readRateRules(
  config: Pick<ServerConfig, 'RATE_LIMITS_FILE' | 'RATE_LIMIT_PER_SECOND'>,
): ServerRateRules {
  if (config.RATE_LIMITS_FILE === undefined) {
    return { rules: rulesPerSecond(config.RATE_LIMIT_PER_SECOND), planOf: () => undefined };
  }
  const { tenants, ...rules } = parseFile(config.RATE_LIMITS_FILE);
  checkRateRules(rules as RateRules);
  const plans = new Map(Object.entries(tenants));
  for (const [id, plan] of plans) {
    if (maybeTenantId(id) === undefined)
      throw invalid('names a tenant by something else than its id');
    if (!Object.hasOwn(rules.plans, plan))
      throw invalid('gives a tenant a plan that it does not hold');
  }
  return { rules: rules as RateRules, planOf: (tenantId) => plans.get(tenantId) };
}

function parseFile(file: string): z.output<typeof RULES_FILE> {
  try {
    return RULES_FILE.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch (error) {
    const places =
      error instanceof z.ZodError ? error.issues.map(({ path }) => `/${path.join('/')}`) : [];
    throw invalid(`cannot be used${places.length > 0 ? `: look at ${places.join(', ')}` : ''}`);
  }
}

function invalid(fault: string): RingfenceError {
  return new RingfenceError('CONFIGURATION_INVALID', {
    detail: `The file of RATE_LIMITS_FILE ${fault}.`,
  });
}

function rulesPerSecond(perSecond: number): RateRules {
  const half = Math.ceil(perSecond / 2);
  const limits = (burst: number) => ({
    burst: { requests: burst, seconds: 1 },
    sustained: { requests: burst * 20, seconds: 60 },
  });
  const plan = { tenant: limits(perSecond), user: limits(half), apiKey: limits(half) };
  return { defaultPlan: 'standard', plans: { standard: plan } };
}
