import type { Probe } from '../throttle.js';

/**
 * Waits while the table is vacuumed (by autovacuum or by a person), analyzed or gets an index: a backfill
 * makes the dead rows that vacuum is there to take away, and keeps ahead of it otherwise. Told by the lock
 * that these take, which every login may see.
 *
 * @param table quoted and qualified.
 * @see PostgreSQL manual, 13.3.1 "Table-Level Locks", SHARE UPDATE EXCLUSIVE
 */
export function tableMaintenance(table: string): Probe {
  return async (db) => {
    const { rowCount } = await db.query(
      `SELECT FROM pg_catalog.pg_locks WHERE locktype = 'relation' AND granted
         AND mode = 'ShareUpdateExclusiveLock' AND relation = pg_catalog.to_regclass($1)
         AND database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())
       LIMIT 1`,
      [table],
    );
    return rowCount ? `${table} is being vacuumed, analyzed or indexed` : undefined;
  };
}
