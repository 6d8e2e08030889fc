import type { Probe } from '../throttle.js';

/** Waits while more sessions of this database wait for a lock than may: each is somebody's request. Our own do not count. */
export function lockWaits(most = 5): Probe {
  return async (db) => {
    // Locks are visible to every login, what sessions do is not. A transaction id has no database.
    const { rows } = await db.query<{ waiting: number }>(
      `SELECT pg_catalog.count(DISTINCT l.pid)::int AS waiting FROM pg_catalog.pg_locks AS l
       JOIN pg_catalog.pg_stat_activity AS a ON a.pid = l.pid
       WHERE NOT l.granted AND a.datname = pg_catalog.current_database() AND a.application_name <> pg_catalog.current_setting('application_name')`,
    );
    const waiting = rows[0]?.waiting ?? 0;
    return waiting > most ? `${waiting} sessions wait for locks` : undefined;
  };
}
