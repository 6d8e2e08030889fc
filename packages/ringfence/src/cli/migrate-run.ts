import { existsSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { MigrationLedger, type MigrationStatus, type PhasedMigration } from '../migration/index.js';
import { invalid, type MigrateValues, parseMigrate, withLedger } from './migrate-options.js';
import { migrationOf, runnerOf, sayEvents, untilStopped } from './migrate-runner.js';
import type { ExitCode, Terminal } from './terminal.js';

/** States in which there may be something for a runner to do. */
const MOVING: ReadonlySet<string> = new Set(['rolling', 'rolling_back', 'complete']);
const LOOK_EVERY_MS = 2000;

/**
 * `ringfence migrate run`: carries out what others ask for (the server's operators, other commands), of all
 * migrations whose folders are here. With `--watch` it stays and waits for more; any number of them may run.
 * It begins no migration and changes no schema: `apply` does.
 */
export async function migrateRun(args: string[], terminal: Terminal): Promise<ExitCode> {
  const { values, positionals } = parseMigrate(args);
  const only = new Set(positionals);
  for (const name of only) migrationOf(name, values, terminal);
  const due = (): Promise<PhasedMigration[]> => dueMigrations(only, values, terminal);
  if (!values.apply) {
    const found = await due();
    const names = found.map(({ name }) => name);
    if (values.json) terminal.out(JSON.stringify({ applied: false, migrations: names }));
    else {
      for (const name of names) terminal.out(`would carry out ${name}`);
      if (names.length === 0) terminal.out('There is nothing to do now.');
      terminal.out('Nothing was done: add --apply.');
    }
    return 0;
  }
  return untilStopped(values, terminal, async (signal) => {
    const running = new Map<string, Promise<void>>();
    const failed: string[] = [];
    do {
      const found = await due().catch((error: Error) => {
        if (!values.watch) throw error;
        terminal.out(`trouble: ${error.message}; it is tried again`);
        return [];
      });
      for (const migration of found) {
        if (running.has(migration.name) || signal.aborted) continue;
        const work = runnerOf(migration, values, terminal, sayEvents(values, terminal))
          .roll(signal, { start: false })
          .then(
            () => undefined,
            (error: Error) => {
              failed.push(migration.name);
              terminal.out(`${migration.name}: ${error.message}`);
            },
          )
          .finally(() => running.delete(migration.name));
        running.set(migration.name, work);
      }
      if (values.watch) await sleep(LOOK_EVERY_MS, undefined, { signal }).catch(() => undefined);
    } while (values.watch && !signal.aborted);
    await Promise.all(running.values());
    return failed.length > 0 ? 2 : 0;
  });
}

/** Those of the ledger that move, whose folders are here and hold what was expanded. */
async function dueMigrations(
  only: ReadonlySet<string>,
  values: MigrateValues,
  terminal: Terminal,
): Promise<PhasedMigration[]> {
  const all = await withLedger(values, terminal, (db) => new MigrationLedger(db).status());
  return all
    .filter(
      ({ name, state, stopped }) =>
        MOVING.has(state) && !stopped && (only.size === 0 || only.has(name)),
    )
    .map((status) => folderOf(status, values, terminal))
    .filter((found) => found !== undefined);
}

function folderOf(
  { name, checksum }: MigrationStatus,
  values: MigrateValues,
  terminal: Terminal,
): PhasedMigration | undefined {
  const base = terminal.cwd ?? process.cwd();
  if (!existsSync(path.resolve(base, values.folder ?? 'migrations', name))) return undefined;
  const found = migrationOf(name, values, terminal);
  if (found.checksum === checksum) return found;
  throw invalid(`The files of ${name} are not those that were expanded.`);
}
