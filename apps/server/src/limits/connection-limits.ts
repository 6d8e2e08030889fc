import { FairShares } from 'ringfence/limits';
import type { TenantPoolConfig } from 'ringfence/postgres';
import type { ServerConfig } from '../config.js';
import { limitsOf, readRateRules } from './read-rate-rules.js';

/** How many statements of a tenant may wait, where its plan says nothing else. */
const QUEUE = 1000;
/** Statements of a page take a tenth of this; what takes longer keeps a processor from others. */
const SLOW_MS = 20;

type Settings = Pick<
  ServerConfig,
  'DATABASE_POOL_MAX' | 'HANDLER_TIMEOUT_SECONDS' | 'RATE_LIMITS_FILE' | 'RATE_LIMIT_PER_SECOND'
>;

/**
 * What a tenant may take of the pool at a time, and for how long: as its plan says, or half of the
 * connections (a tenth while its statements take long), and a statement as long as the answer that it is for.
 *
 * @throws RingfenceError `CONFIGURATION_INVALID` for rules that cannot be read.
 */
export function connectionLimits(
  config: Settings,
): Required<Pick<TenantPoolConfig, 'max' | 'shares' | 'statementTimeoutMs'>> {
  const limits = limitsOf(readRateRules(config));
  const { DATABASE_POOL_MAX: max } = config;
  return {
    max,
    shares: new FairShares({
      total: max,
      perTenant: (id) => limits(id).concurrency?.connections ?? Math.ceil(max / 2),
      slow: {
        ms: SLOW_MS,
        perTenant: (id) => limits(id).concurrency?.slowConnections ?? Math.ceil(max / 10),
      },
      queue: (id) => limits(id).concurrency?.queue ?? QUEUE,
    }),
    statementTimeoutMs: (id) =>
      limits(id).statementTimeoutMs ?? config.HANDLER_TIMEOUT_SECONDS * 1000,
  };
}
