import type { Probe } from '../throttle.js';

/**
 * Waits while a standby is too far behind, in bytes of WAL that it has not replayed. A login that is not a
 * member of `pg_monitor` cannot see how far they are: then it says so instead of going on blindly.
 *
 * @see PostgreSQL manual, 28.2.4 "pg_stat_replication"
 */
export function replicationLag(mostBytes = 64 * 1024 * 1024): Probe {
  return async (db) => {
    const { rows } = await db.query<{ name: string; behind: number | null }>(
      `SELECT coalesce(application_name, '?') AS name,
         pg_catalog.pg_wal_lsn_diff(pg_catalog.pg_current_wal_lsn(), replay_lsn)::float8 AS behind
       FROM pg_catalog.pg_stat_replication WHERE state IS DISTINCT FROM 'backup'`,
    );
    if (rows.some(({ behind }) => behind === null)) {
      return 'a standby whose lag this login may not see: GRANT pg_monitor to it';
    }
    const late = rows.find(({ behind }) => (behind ?? 0) > mostBytes);
    return late && `standby ${late.name} is ${Math.round((late.behind ?? 0) / 2 ** 20)} MiB behind`;
  };
}
