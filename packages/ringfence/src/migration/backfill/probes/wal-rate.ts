import type { Probe } from '../throttle.js';

/**
 * Waits while the server writes WAL faster than it may: archives and standbys have to keep up.
 *
 * @param mostBytesPerSecond by everybody together, between two looks.
 */
export function walRate(
  mostBytesPerSecond = 128 * 1024 * 1024,
  now: () => number = () => performance.now(),
): Probe {
  let last: { bytes: number; at: number } | undefined;
  return async (db) => {
    const { rows } = await db.query<{ bytes: number }>(
      "SELECT pg_catalog.pg_wal_lsn_diff(pg_catalog.pg_current_wal_insert_lsn(), '0/0')::float8 AS bytes",
    );
    const seen = { bytes: rows[0]?.bytes ?? 0, at: now() };
    const before = last;
    last = seen;
    if (!before || seen.at <= before.at) return undefined;
    const rate = ((seen.bytes - before.bytes) * 1_000) / (seen.at - before.at);
    return rate > mostBytesPerSecond
      ? `${Math.round(rate / 2 ** 20)} MiB of WAL per second`
      : undefined;
  };
}
