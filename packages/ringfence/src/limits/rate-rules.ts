import { RingfenceError } from '../errors/index.js';

/** So many requests in so many seconds. The window begins with its first request. */
export interface RateWindow {
  readonly requests: number;
  /** Whole seconds. */
  readonly seconds: number;
}

/** A short window that lets a page load at once, and a long one that says what is meant. */
export interface RateLimits {
  readonly burst?: RateWindow;
  readonly sustained?: RateWindow;
}

/** How much of one tenant may go on at the same time. */
export interface ConcurrencyRules {
  /** Connections of a pool that it may hold. */
  readonly connections?: number;
  /** The same while its statements take long: see `SlowShare`. */
  readonly slowConnections?: number;
  /** Requests that may be in work. */
  readonly requests?: number;
  /** How many more of either may wait for their turn; what comes behind is refused. */
  readonly queue?: number;
}

/** What one plan allows. What is left out is not limited. */
export interface PlanRules {
  /** All requests of the tenant together. */
  readonly tenant?: RateLimits;
  /** Each person of the tenant, whatever session. */
  readonly user?: RateLimits;
  /** Each API key of the tenant. */
  readonly apiKey?: RateLimits;
  /** All requests of the tenant for routes of a class (`read`, `write`, …) together. */
  readonly routeClass?: Readonly<Record<string, RateLimits>>;
  /** For `FairShares`. */
  readonly concurrency?: ConcurrencyRules;
  /** How long one statement may take in the database, in milliseconds; for a `TenantPool`. */
  readonly statementTimeoutMs?: number;
}

/** The rules of a service: what each plan allows, and the plan of a tenant that has none. */
export interface RateRules {
  readonly defaultPlan: string;
  readonly plans: Readonly<Record<string, PlanRules>>;
}

const NAME = /^[a-z][a-z0-9-]{0,31}$/;
const MOST_REQUESTS = 1_000_000_000;
/** Node's timers, by which counters in memory are forgotten, end at 24.8 days. */
const MOST_SECONDS = 24 * 86_400;

/**
 * Checks rules once, when the service starts.
 *
 * @throws RingfenceError `CONFIGURATION_INVALID`; its detail names every fault.
 * @example
 * checkRateRules({ defaultPlan: 'free', plans: { free: { tenant: { burst: { requests: 50, seconds: 1 } } } } });
 */
export function checkRateRules(rules: RateRules): RateRules {
  const faults: string[] = [];
  const plans = Object.entries(rules.plans);
  if (!Object.hasOwn(rules.plans, rules.defaultPlan))
    faults.push('The default plan is not a plan.');
  for (const [plan, rules] of plans) {
    const { tenant, user, apiKey, routeClass = {}, concurrency = {}, statementTimeoutMs } = rules;
    if (!NAME.test(plan)) faults.push('A plan has a name that is not a short lower-case word.');
    for (const name of Object.keys(routeClass)) {
      if (!NAME.test(name))
        faults.push(`A route class of plan ${plan} is no short lower-case word.`);
    }
    const windows = [tenant, user, apiKey, ...Object.values(routeClass)]
      .flatMap((limits) => [limits?.burst, limits?.sustained])
      .filter((window) => window !== undefined);
    if (!windows.every(isWindow)) faults.push(`Plan ${plan} has a window that cannot be counted.`);
    const { connections, slowConnections, requests } = concurrency;
    const counts = [connections, slowConnections, requests, statementTimeoutMs];
    const { queue = 0 } = concurrency;
    if (!counts.every((count = 1) => isWithin(count, 1)) || !isWithin(queue, 0)) {
      faults.push(`Plan ${plan} has a limit that is no whole number.`);
    }
  }
  if (faults.length === 0) return rules;
  throw new RingfenceError('CONFIGURATION_INVALID', { detail: faults.join(' ') });
}

/**
 * The rules of a tenant's plan. A plan that was taken out of the rules must not be a way around them: the
 * default counts then.
 *
 * @example
 * rulesOf(rules, planOf(tenantId)).concurrency?.connections;
 */
export function rulesOf({ plans, defaultPlan }: RateRules, plan: string | undefined): PlanRules {
  const known = plan !== undefined && Object.hasOwn(plans, plan) ? plan : defaultPlan;
  return plans[known] ?? {};
}

function isWindow({ requests, seconds }: RateWindow): boolean {
  return isWithin(requests, 1, MOST_REQUESTS) && isWithin(seconds, 1, MOST_SECONDS);
}

function isWithin(value: number, least: number, most = MOST_REQUESTS): boolean {
  return Number.isInteger(value) && value >= least && value <= most;
}
