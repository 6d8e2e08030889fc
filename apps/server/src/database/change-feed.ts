import type { TenancyOptions } from 'ringfence/nest';
import { listenForChanges } from 'ringfence/postgres';
import type { EventLogger } from 'ringfence/telemetry';
import type { ServerConfig } from '../config.js';

/**
 * The feed by which this node hears of suspended tenants and removed members at once, and not within
 * three seconds. Through a transaction pooler nothing is heard: without DATABASE_DIRECT_URL there is no
 * feed then.
 *
 * @param remembering what forgets besides the request path's own
 */
export function changeFeed(
  config: Pick<ServerConfig, 'DATABASE_URL' | 'DATABASE_DIRECT_URL' | 'DATABASE_POOLER'>,
  logger: EventLogger,
  ...remembering: readonly { clear(): void }[]
): Pick<TenancyOptions, 'changes'> {
  const pooled = config.DATABASE_POOLER !== undefined && config.DATABASE_POOLER !== 'session';
  const connectionString = config.DATABASE_DIRECT_URL ?? (pooled ? undefined : config.DATABASE_URL);
  if (connectionString === undefined) return {};
  return {
    changes: (spread) => {
      const onChange = (): void => {
        for (const memory of remembering) memory.clear();
        spread();
      };
      return listenForChanges({ connectionString, onChange, logger });
    },
  };
}
