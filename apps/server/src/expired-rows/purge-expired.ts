import type { TenantPool } from 'ringfence/postgres';
import { quoteIdentifier, quoteQualified } from 'ringfence/sql';

/** Rows of a table that are of no more use so many days after the time in a column. */
interface Expiring {
  readonly table: string;
  readonly column: string;
  readonly keptDays: number;
}

/**
 * What is left behind by accounts. A day more where a late look says why something ended; a month for
 * invitations, which people look up.
 */
export const EXPIRING: readonly Expiring[] = [
  { table: 'mailed_tokens', column: 'expires_at', keptDays: 1 },
  { table: 'refresh_tokens', column: 'expires_at', keptDays: 1 },
  { table: 'sessions', column: 'expires_at', keptDays: 1 },
  { table: 'known_devices', column: 'expires_at', keptDays: 0 },
  { table: 'failed_log_ins', column: 'forget_at', keptDays: 0 },
  { table: 'invitations', column: 'expires_at', keptDays: 30 },
];

/** How many rows of a table go at a time: a statement that locks few rows, for a short while. */
const AT_A_TIME = 500;
/** How often that is done in a row; what is left then goes the next time. */
const ROUNDS = 20;
const DAY = 86_400_000;

/**
 * Deletes what has expired in the current tenant, as its own application role, table by table and a few
 * rows at a time. Rows that somebody holds at this moment are left for the next time.
 *
 * @returns how many rows went.
 * @example
 * await runInTenant(acme, () => purgeExpired(pool));
 */
export async function purgeExpired(
  pool: Pick<TenantPool, 'query'>,
  now: Date = new Date(),
): Promise<number> {
  let purged = 0;
  for (const expiring of EXPIRING) {
    const before = new Date(now.getTime() - expiring.keptDays * DAY);
    for (let round = 0; round < ROUNDS; round += 1) {
      const { rowCount } = await pool.query(purgeSql(expiring), [before, AT_A_TIME]);
      purged += rowCount ?? 0;
      if ((rowCount ?? 0) < AT_A_TIME) break;
    }
  }
  return purged;
}

function purgeSql({ table, column }: Expiring): string {
  const name = quoteQualified('public', table);
  return `DELETE FROM ${name} WHERE "id" IN (
  SELECT "id" FROM ${name} WHERE ${quoteIdentifier(column)} < $1 LIMIT $2 FOR UPDATE SKIP LOCKED)`;
}
