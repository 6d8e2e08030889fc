import pg from 'pg';
import { RingfenceError } from '../errors/index.js';
import { DEFAULT_ROLE_PREFIX, quoteIdentifier, roleNames, withRolePrefix } from '../sql/index.js';
import { MIGRATION_LEDGER_SQL, readLedger, recordMigration } from './migration-ledger.js';
import { type MigrationFile, readMigrations } from './read-migrations.js';
import { withMigrationLock } from './with-lock.js';

/** What {@link deployMigrations} is asked for. */
export interface DeployOptions {
  /** A login that may become the owner role: a direct connection, never through a transaction pooler. */
  readonly url: string;
  /** A folder of Prisma's layout: `<name>/migration.sql`, applied in the order of the names. */
  readonly folder: string;
  /** Of the group roles; default `ringfence`. */
  readonly prefix?: string;
  readonly report?: (line: string) => void;
}

/**
 * Applies the migrations that the database does not have yet, each in one transaction together with its
 * row in Prisma's ledger `_prisma_migrations`, so that `prisma migrate status` and `deploy` agree.
 *
 * @returns the names of what was applied now.
 * @throws RingfenceError `MIGRATION_FAILED` when a file fails (nothing of it stays), when an applied file
 *   was edited since, or when another tool left a migration half-way.
 * @example
 * await deployMigrations({ url: process.env.DATABASE_MIGRATION_URL, folder: 'prisma/migrations' });
 */
export async function deployMigrations(options: DeployOptions): Promise<{ applied: string[] }> {
  const files = readMigrations(options.folder);
  const client = new pg.Client({ connectionString: options.url });
  await client.connect();
  try {
    return await withMigrationLock(client, () => deploy(client, files, options));
  } finally {
    await client.end();
  }
}

async function deploy(
  client: pg.Client,
  files: readonly MigrationFile[],
  options: DeployOptions,
): Promise<{ applied: string[] }> {
  const prefix = options.prefix ?? DEFAULT_ROLE_PREFIX;
  const becomeOwner = `SET LOCAL ROLE ${quoteIdentifier(roleNames(prefix).owner)}`;
  await inTransaction(client, becomeOwner, () => client.query(MIGRATION_LEDGER_SQL));
  const done = await inTransaction(client, becomeOwner, () => readLedger(client));
  const applied: string[] = [];
  for (const file of files) {
    const row = done.get(file.name);
    if (row) {
      checkRow(file, row);
      continue;
    }
    try {
      await inTransaction(client, becomeOwner, async () => {
        await client.query(withRolePrefix(file.sql, prefix));
        if (client.getTransactionStatus() !== 'T') {
          throw new RingfenceError('TRANSACTION_CONTROL_REFUSED');
        }
        await recordMigration(client, file);
      });
    } catch (cause) {
      throw failed(`${file.name} was not applied: ${(cause as Error).message}`, cause);
    }
    options.report?.(`applied ${file.name}`);
    applied.push(file.name);
  }
  return { applied };
}

function checkRow(file: MigrationFile, row: { checksum: string; finished: boolean }): void {
  if (!row.finished) throw failed(`${file.name} was begun and not finished by another tool.`);
  if (row.checksum !== file.checksum) throw failed(`${file.name} was edited after it was applied.`);
}

function failed(detail: string, cause?: unknown): RingfenceError {
  return new RingfenceError('MIGRATION_FAILED', { detail, cause });
}

async function inTransaction<T>(
  client: pg.Client,
  first: string,
  fn: () => Promise<T>,
): Promise<T> {
  await client.query('BEGIN');
  try {
    await client.query(first);
    const result = await fn();
    await client.query('COMMIT');
    return result;
  } catch (error) {
    await client.query('ROLLBACK').catch(() => undefined);
    throw error;
  }
}
