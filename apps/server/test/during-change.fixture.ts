import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import type { Answer } from './ask.fixture.js';
import type { TestServer } from './server-app.fixture.js';

/**
 * Asks while somebody else's change is made and not yet committed: it is committed when the question
 * waits for it, or was answered without. So a moment that two requests meet in by chance is met always.
 *
 * @param change SQL of the superuser, with its parameters
 */
export async function duringChange(
  { db }: TestServer,
  [text, ...values]: readonly [string, ...unknown[]],
  question: () => Promise<Answer>,
): Promise<Answer> {
  const [writer, watcher] = [0, 1].map(() => new pg.Client({ connectionString: db.admin }));
  if (!writer || !watcher) throw new Error('There are no connections.');
  await Promise.all([writer.connect(), watcher.connect()]);
  try {
    const { rows } = await writer.query('SELECT pg_backend_pid() AS pid');
    await writer.query('BEGIN');
    await writer.query(text, values);
    let answered = false;
    const answer = question().finally(() => {
      answered = true;
    });
    const blocked = 'SELECT FROM pg_stat_activity WHERE $1 = ANY (pg_blocking_pids(pid))';
    while (!answered && (await watcher.query(blocked, [rows[0].pid])).rowCount === 0)
      await sleep(5);
    await writer.query('COMMIT');
    return await answer;
  } finally {
    await Promise.all([writer.end(), watcher.end()]);
  }
}
