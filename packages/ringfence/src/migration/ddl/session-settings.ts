import { quoteIdentifier, roleNames } from '../../sql/index.js';

/** How long a runner that no longer answers may hold the locks of its transaction. */
const IDLE_MS = 30_000;
/** A server process asks this often whether its client is still there, while it works. */
const WATCH_MS = 2_000;

/**
 * What holds for one file: the owner role, and bounds on everything. `LOCAL` inside a transaction.
 * A `statement_timeout` counts for each statement of the file.
 */
export function sessionSettings(
  scope: 'LOCAL' | 'SESSION',
  prefix: string,
  lockMs: number,
  statementMs: number,
): string {
  return [
    `SET ${scope} ROLE ${quoteIdentifier(roleNames(prefix).owner)}`,
    `SET ${scope} lock_timeout = ${lockMs}`,
    `SET ${scope} statement_timeout = ${statementMs}`,
    `SET ${scope} idle_in_transaction_session_timeout = ${IDLE_MS}`,
    `SET ${scope} client_connection_check_interval = ${WATCH_MS}`,
  ].join('; ');
}
