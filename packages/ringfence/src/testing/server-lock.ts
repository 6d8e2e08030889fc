import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from 'pg';

const POLL_MS = 25;

/**
 * Runs `fn` while no other test process of this server does the same named thing. Polled: CREATE
 * DATABASE waits for snapshots, and a session waiting in `pg_advisory_lock` holds one.
 */
export async function withServerLock<T>(
  client: Client,
  name: string,
  fn: () => Promise<T>,
): Promise<T> {
  const key = [`ringfence.testing.${name}`];
  const lock = 'SELECT pg_try_advisory_lock(hashtextextended($1, 0)) AS taken';
  while (!(await client.query<{ taken: boolean }>(lock, key)).rows[0]?.taken) await sleep(POLL_MS);
  try {
    return await fn();
  } finally {
    await client.query('SELECT pg_advisory_unlock(hashtextextended($1, 0))', key);
  }
}
