import pg from 'pg';
import { RingfenceError } from '../errors/index.js';
import { DEFAULT_ROLE_PREFIX, quoteIdentifier, roleNames } from '../sql/index.js';
import {
  type ApplyEvent,
  type ApplyOptions,
  applySql,
  requireDirectConnection,
} from './ddl/index.js';
import {
  MIGRATION_LEDGER_SQL,
  readLedger,
  recordFinish,
  recordMigration,
  recordStart,
} from './migration-ledger.js';
import { type MigrationFile, readMigrations } from './read-migrations.js';
import { withMigrationLock } from './with-lock.js';

/** What {@link deployMigrations} is asked for. Time-outs and retries as of {@link applySql}. */
export interface DeployOptions
  extends Pick<
    ApplyOptions,
    | 'lockTimeoutMs'
    | 'attempts'
    | 'pauseMs'
    | 'statementTimeoutMs'
    | 'concurrentTimeoutMs'
    | 'signal'
  > {
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
 * row in Prisma's ledger `_prisma_migrations`, so that `prisma migrate status` and `deploy` agree. A file
 * that begins with `-- no-transaction` is written down before and after, as Prisma does; one that did
 * not come to its end is run again.
 *
 * @returns the names of what was applied now.
 * @throws RingfenceError `MIGRATION_FAILED` when a file fails (nothing of it stays), when an applied file
 *   was edited since, or when another tool left a migration half-way; and what {@link applySql} throws.
 * @example
 * await deployMigrations({ url: process.env.DATABASE_MIGRATION_URL, folder: 'prisma/migrations' });
 */
export async function deployMigrations(options: DeployOptions): Promise<{ applied: string[] }> {
  const files = readMigrations(options.folder);
  const client = new pg.Client({ connectionString: options.url });
  await client.connect();
  try {
    await requireDirectConnection(client);
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
    if (row?.finished) {
      checkRow(file, row);
      continue;
    }
    if (row) checkUnfinished(file, row);
    else if (!file.transaction) {
      await inTransaction(client, becomeOwner, () => recordStart(client, file));
    }
    const record = file.transaction ? recordMigration : recordFinish;
    await applySql(
      client,
      { ...file, file: file.name },
      { ...options, report: said(options), record: (tx) => record(tx, file) },
    );
    options.report?.(`applied ${file.name}`);
    applied.push(file.name);
  }
  return { applied };
}

function said({ report }: DeployOptions): (event: ApplyEvent) => void {
  return (event) => {
    if (event.kind !== 'blocked') return;
    report?.(`${event.file} waits for locks: try ${event.attempt + 1} in ${event.waitMs} ms`);
  };
}

function checkRow(file: MigrationFile, row: { checksum: string }): void {
  if (row.checksum !== file.checksum) throw failed(`${file.name} was edited after it was applied.`);
}

/** A file that may be run again may also have been begun by Prisma. */
function checkUnfinished(file: MigrationFile, row: { checksum: string }): void {
  if (file.transaction) throw failed(`${file.name} was begun and not finished by another tool.`);
  if (row.checksum !== file.checksum) throw failed(`${file.name} was edited after it was begun.`);
}

function failed(detail: string): RingfenceError {
  return new RingfenceError('MIGRATION_FAILED', { detail });
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
