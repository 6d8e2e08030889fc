import { RingfenceError } from '../errors/index.js';

/**
 * What stands between a pool and PostgreSQL. Not named, it is nothing: each connection of the pool is one
 * server connection for as long as it lives.
 *
 * - `session`: a pooler that keeps it so (PgBouncer's `pool_mode = session`).
 * - `transaction`: a pooler that gives each transaction another server connection. Nobody could clean up
 *   behind raw SQL there, so what may leave something is refused: `RESIDUE_REFUSED`.
 * - `transaction-with-reset`: as `transaction`, and it resets the server connection after each one
 *   (PgBouncer's `server_reset_query_always = 1`): raw SQL runs. Nobody can check that it really does.
 */
export type Pooler = 'session' | 'transaction' | 'transaction-with-reset';

/** What follows from it for each connection. */
export interface ConnectionRules {
  /** May statements be named on the server? */
  readonly named: boolean;
  /** What becomes of raw SQL that may leave something behind: it is refused, or cleaned up after. */
  readonly residue: 'discard' | 'refuse' | 'left to the pooler';
}

/**
 * @throws RingfenceError `CONFIGURATION_INVALID` for prepared statements behind a transaction pooler.
 */
export function connectionRules(
  pooler: Pooler | undefined,
  preparedStatements: boolean | undefined,
): ConnectionRules {
  if (pooler === undefined || pooler === 'session') {
    return { named: preparedStatements ?? true, residue: 'discard' };
  }
  if (preparedStatements) {
    throw new RingfenceError('CONFIGURATION_INVALID', {
      detail: 'preparedStatements and a transaction pooler do not go together.',
    });
  }
  const residue = pooler === 'transaction' ? 'refuse' : 'left to the pooler';
  return { named: false, residue };
}
