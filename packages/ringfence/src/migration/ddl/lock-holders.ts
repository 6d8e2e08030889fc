import type { Queryable } from '../../sql/index.js';
import type { LockHolder } from './apply-options.js';

const MOST = 5;

/**
 * Those who hold locks on tables, the longest first: among them is whoever did not give way. Read by
 * an ordinary login; other roles' transaction times are hidden from it unless it may read statistics.
 */
export async function lockHolders(client: Queryable): Promise<LockHolder[]> {
  const { rows } = await client.query<LockHolder>(
    `SELECT DISTINCT ON (l.pid) l.pid, a.usename AS user, nullif(a.application_name, '') AS application,
            l.relation::pg_catalog.regclass::text AS relation, l.mode,
            extract(epoch FROM pg_catalog.clock_timestamp() - a.xact_start)::int AS seconds
     FROM pg_catalog.pg_locks l
     JOIN pg_catalog.pg_database d ON d.oid = l.database AND d.datname = pg_catalog.current_database()
     JOIN pg_catalog.pg_class c ON c.oid = l.relation AND c.relkind IN ('r', 'p')
     LEFT JOIN pg_catalog.pg_stat_activity a ON a.pid = l.pid
     WHERE l.granted AND l.locktype = 'relation' AND l.pid <> pg_catalog.pg_backend_pid()
       AND c.oid >= 16384
     ORDER BY l.pid, l.mode`,
  );
  return rows.sort((one, other) => (other.seconds ?? 0) - (one.seconds ?? 0)).slice(0, MOST);
}
