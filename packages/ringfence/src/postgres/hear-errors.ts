import type { PoolClient } from 'pg';

/**
 * Listens to a connection's errors for as long as it lives. The pool listens only while it is idle and
 * its user only from the next step on; a server that shuts down may speak in between, even in the
 * packet that completes the log-in, and an error event that nobody hears ends the process. The next
 * query on the connection fails all the same, and the pool drops it.
 *
 * @example
 * pool.on('connect', hearErrors);
 */
export function hearErrors(client: PoolClient): void {
  client.on('error', () => undefined);
}
