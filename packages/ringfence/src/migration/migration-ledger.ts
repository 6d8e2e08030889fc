import { randomUUID } from 'node:crypto';
import type { Queryable } from '../sql/index.js';
import type { MigrationFile } from './read-migrations.js';

/** Prisma's own table, as Prisma makes it: whichever tool comes first, the other one finds it. */
export const MIGRATION_LEDGER_SQL = `CREATE TABLE IF NOT EXISTS public._prisma_migrations (
  id varchar(36) PRIMARY KEY NOT NULL,
  checksum varchar(64) NOT NULL,
  finished_at timestamptz,
  migration_name varchar(255) NOT NULL,
  logs text,
  rolled_back_at timestamptz,
  started_at timestamptz NOT NULL DEFAULT now(),
  applied_steps_count integer NOT NULL DEFAULT 0
)`;

/** The migrations that the ledger holds and that were not rolled back, by name. */
export async function readLedger(
  client: Queryable,
): Promise<Map<string, { checksum: string; finished: boolean }>> {
  const { rows } = await client.query<{ name: string; checksum: string; finished: boolean }>(
    `SELECT migration_name AS name, checksum, finished_at IS NOT NULL AS finished
     FROM public._prisma_migrations WHERE rolled_back_at IS NULL ORDER BY started_at`,
  );
  return new Map(rows.map(({ name, ...row }) => [name, row]));
}

/** Writes a finished migration down; called in the migration's own transaction. */
export async function recordMigration(client: Queryable, file: MigrationFile): Promise<void> {
  await client.query(
    `INSERT INTO public._prisma_migrations
       (id, checksum, migration_name, started_at, finished_at, applied_steps_count)
     VALUES ($1, $2, $3, now(), clock_timestamp(), 1)`,
    [randomUUID(), file.checksum, file.name],
  );
}

/** Writes down that a file without a transaction begins, as Prisma does before every file. */
export async function recordStart(client: Queryable, file: MigrationFile): Promise<void> {
  await client.query(
    'INSERT INTO public._prisma_migrations (id, checksum, migration_name) VALUES ($1, $2, $3)',
    [randomUUID(), file.checksum, file.name],
  );
}

/** Completes the row of {@link recordStart}, of this run or of one that did not come so far. */
export async function recordFinish(client: Queryable, file: MigrationFile): Promise<void> {
  await client.query(
    `UPDATE public._prisma_migrations SET finished_at = clock_timestamp(), applied_steps_count = 1
     WHERE migration_name = $1 AND checksum = $2 AND finished_at IS NULL AND rolled_back_at IS NULL`,
    [file.name, file.checksum],
  );
}
