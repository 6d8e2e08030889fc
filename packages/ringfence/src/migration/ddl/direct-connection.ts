import type { Client } from 'pg';
import { RingfenceError } from '../../errors/index.js';

/**
 * Refuses a connection through a pooler: what a migration sets and locks would stay on a server
 * connection that others get next, or the next statement would run on another one. A pooler makes up the
 * process id that it tells its clients.
 *
 * @throws RingfenceError `MIGRATION_CONNECTION_POOLED`.
 */
export async function requireDirectConnection(client: Client): Promise<void> {
  const { processID } = client as Client & { processID?: number | null };
  const { rows } = await client.query<{ pid: number }>('SELECT pg_catalog.pg_backend_pid() AS pid');
  if (rows[0]?.pid !== processID) throw new RingfenceError('MIGRATION_CONNECTION_POOLED');
}
