import type { Client } from 'pg';
import type { PhasedMigration, SqlFile } from '../folder/index.js';
import { readTableFacts } from '../lint/catalog-facts.js';
import { namedTables } from '../lint/named-tables.js';
import { shown } from '../lint/read-names.js';
import { type Plane, readStatements, type Statement } from '../lint/read-statements.js';
import { World } from '../lint/world.js';
import { LOCK_MODES, type LockMode, locksOf, STOPS, type Work } from './lock-of.js';
import { type BackfillSample, type BindTenant, sampleBackfill } from './sample-backfill.js';
import { type SeenLock, trialRun } from './trial-run.js';

/** A statement with what it locks and how long that may take. */
export interface PlannedStatement {
  readonly file: string;
  readonly line: number;
  readonly text: string;
  readonly locks: readonly {
    readonly table: string;
    readonly mode: LockMode;
    /** What waits meanwhile. */
    readonly stops: string;
    readonly work: Work;
    readonly rows: number | null;
    /** At the pace of {@link PACE}; 0 for what changes the catalog only. */
    readonly seconds: number | null;
  }[];
}

/** What is known of a backfill before it runs. */
export interface PlannedBackfill {
  readonly table: string;
  /** Of all tenants, as of the last ANALYZE. */
  readonly rows: number | null;
  readonly tenants: number;
  readonly rowsPerTenant: number | null;
  readonly sample?: BackfillSample;
  /** By one worker without a pause, at the pace of the sample. */
  readonly seconds?: number;
}

/** What {@link planMigration} says. */
export interface MigrationPlan {
  readonly migration: string;
  readonly statements: readonly PlannedStatement[];
  readonly backfill?: PlannedBackfill;
  /** File → locks that a trial run held, or why it could not run. */
  readonly trial?: Readonly<Record<string, readonly SeenLock[] | string>>;
}

/** What {@link planMigration} may do besides reading the catalog. */
export interface PlanOptions {
  readonly prefix?: string;
  /** Runs each transactional expand file and rolls it back: takes its locks for real, shortly. */
  readonly trial?: boolean;
  /** Runs one batch of a few tenants and rolls it back. */
  readonly bind?: BindTenant;
}

/** Megabytes a second that one session reads, writes or indexes: on the careful side of a plain server. */
export const PACE: Readonly<Record<Exclude<Work, 'catalog'>, number>> = {
  'reads all rows': 100,
  'writes all rows': 20,
  'builds an index': 25,
};

/**
 * Says what each statement of a migration locks, what waits meanwhile and about how long, and how long the
 * backfill takes: by the grammar and the catalog, and when asked by trying.
 *
 * @param client a login that may become the owner role.
 * @throws RingfenceError `MIGRATION_PARSER_MISSING`, `MIGRATION_FOLDER_INVALID` for a syntax error.
 */
export async function planMigration(
  migration: PhasedMigration,
  client: Client,
  options: PlanOptions = {},
): Promise<MigrationPlan> {
  const read = async (files: readonly SqlFile[], plane: Plane): Promise<Statement[]> =>
    (await Promise.all(files.map((file) => readStatements(file, plane)))).flat();
  const statements = [
    ...(await read(migration.expand, 'expand')),
    ...(await read(migration.contract, 'contract')),
  ];
  const world = new World(statements, await readTableFacts(client, namedTables(statements)));
  const planned = statements.map((statement) => planStatement(statement, world));
  const backfill = await planBackfill(migration, client, options);
  const trial = options.trial
    ? await tryFiles(migration.expand, client, options.prefix)
    : undefined;
  return {
    migration: migration.name,
    statements: planned,
    ...(backfill ? { backfill } : {}),
    ...(trial ? { trial } : {}),
  };
}

function planStatement(statement: Statement, world: World): PlannedStatement {
  const locks = statement.changes.flatMap((change) => {
    const found = locksOf(change, world);
    world.follow(change, statement);
    return found;
  });
  return {
    file: statement.file.file,
    line: statement.line,
    text: statement.text.replace(/\s+/g, ' '),
    locks: [...new Map(locks.map((lock) => [shown(lock.table), lock.table])).values()].map(
      (table) => {
        const own = locks.filter((lock) => shown(lock.table) === shown(table));
        const mode =
          LOCK_MODES.findLast((each) => own.some((lock) => lock.mode === each)) ?? 'SHARE';
        const { facts } = world.table(table);
        const works = own.map(({ work }) => work).filter((work) => work !== 'catalog');
        return {
          table: shown(table),
          mode,
          stops: STOPS[mode],
          work: works[0] ?? 'catalog',
          rows: facts ? facts.rows : null,
          seconds: works.length === 0 ? 0 : facts ? secondsFor(works, facts.bytes) : null,
        };
      },
    ),
  };
}

function secondsFor(works: readonly Exclude<Work, 'catalog'>[], bytes: number): number {
  return works.reduce((sum, work) => sum + bytes / 1_048_576 / PACE[work], 0);
}

async function planBackfill(
  { backfill }: PhasedMigration,
  client: Client,
  { bind, prefix }: PlanOptions,
): Promise<PlannedBackfill | undefined> {
  if (backfill?.kind !== 'sql') return undefined;
  const [facts] = await readTableFacts(client, [backfill.table]);
  const sample = bind ? await sampleBackfill(client, backfill, bind, prefix) : undefined;
  const tenants = sample?.ofTenants ?? 0;
  const rows = facts ? facts.rows : null;
  const pace = sample && sample.ms > 0 && sample.rows > 0 ? sample.rows / (sample.ms / 1000) : null;
  return {
    table: shown(backfill.table),
    rows,
    tenants,
    rowsPerTenant: rows !== null && tenants > 0 ? Math.round(rows / tenants) : null,
    ...(sample ? { sample } : {}),
    ...(pace && rows !== null ? { seconds: rows / pace } : {}),
  };
}

async function tryFiles(
  files: readonly SqlFile[],
  client: Client,
  prefix: string | undefined,
): Promise<Record<string, readonly SeenLock[] | string>> {
  const seen: Record<string, readonly SeenLock[] | string> = {};
  for (const file of files) {
    if (!file.transaction) seen[file.file] = 'runs without a transaction: not tried';
    else {
      seen[file.file] = await trialRun(client, file, prefix).catch(
        ({ code }: { code?: string }) => `could not be tried (${code ?? 'no SQLSTATE'})`,
      );
    }
  }
  return seen;
}
