import type { Pool, PoolClient } from 'pg';
import type { TenantId } from '../context/index.js';
import type { ConnectionShares } from './tenant-pool-config.js';

type Obtained = (failed: Error | undefined, client?: PoolClient) => void;

/** Gets a connection for a tenant, when it is the tenant's turn. */
export type ConnectFor = (tenantId: TenantId, obtained: Obtained) => void;

/** Whose share a connection that is handed out counts for. */
const holders = new WeakMap<PoolClient, { shares: ConnectionShares; tenantId: TenantId }>();

/** Heard just before the pool hands the connection on, or closes it: every way of giving it back. */
function giveBackShare(_error: Error, client: PoolClient): void {
  const holder = holders.get(client);
  holders.delete(client);
  holder?.shares.give(holder.tenantId);
}

/**
 * Puts shares before a pool's connections, where there are any.
 *
 * @param connect the pool's own way to a connection.
 */
export function connectInTurn(
  pool: Pool,
  connect: (obtained: Obtained) => void,
  shares: ConnectionShares | undefined,
): ConnectFor {
  if (!shares) return (_tenantId, obtained) => connect(obtained);
  pool.on('release', giveBackShare);
  return (tenantId, obtained) => {
    shares.take(tenantId, (refused) => {
      if (refused) {
        obtained(refused);
        return;
      }
      connect((failed, client) => {
        if (client) holders.set(client, { shares, tenantId });
        else shares.give(tenantId);
        obtained(failed, client);
      });
    });
  };
}
