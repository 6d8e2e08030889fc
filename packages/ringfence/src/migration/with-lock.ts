import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from 'pg';
import { RingfenceError } from '../errors/index.js';

/** One lock for everything that changes the schema or the roles of a database. */
const LOCK = 'ringfence.migration';
const POLL_MS = 100;

/**
 * Runs `fn` while no other migration runs in this database. It tries and polls: a session that waits
 * in `pg_advisory_lock` holds a snapshot that CREATE INDEX CONCURRENTLY would wait for.
 *
 * @throws RingfenceError `MIGRATION_FAILED` when the lock is not free within `timeoutMs`.
 * @see PostgreSQL manual, 13.3.5 "Advisory Locks"
 */
export async function withMigrationLock<T>(
  client: Client,
  fn: () => Promise<T>,
  timeoutMs = 120_000,
): Promise<T> {
  for (let waited = 0; ; waited += POLL_MS) {
    const { rows } = await client.query<{ taken: boolean }>(
      'SELECT pg_catalog.pg_try_advisory_lock(pg_catalog.hashtextextended($1, 0)) AS taken',
      [LOCK],
    );
    if (rows[0]?.taken) break;
    if (waited >= timeoutMs) {
      throw new RingfenceError('MIGRATION_FAILED', { detail: 'Another migration is running.' });
    }
    await sleep(POLL_MS);
  }
  try {
    return await fn();
  } finally {
    // A connection that broke has lost the lock with it.
    await client
      .query('SELECT pg_catalog.pg_advisory_unlock(pg_catalog.hashtextextended($1, 0))', [LOCK])
      .catch(() => undefined);
  }
}
