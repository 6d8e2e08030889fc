import { setTimeout as sleep } from 'node:timers/promises';
import { parseTenantId } from '../context/index.js';
import {
  MigrationDesk,
  MigrationLedger,
  type MigrationRunner,
  type PhasedMigration,
  RolloutPace,
  readSnapshot,
  watchLines,
} from '../migration/index.js';
import {
  actorOf,
  invalid,
  type MigrateValues,
  nameOf,
  parseMigrate,
  withLedger,
} from './migrate-options.js';
import { migrationOf, runnerOf, sayEvents, untilStopped } from './migrate-runner.js';
import type { ExitCode, Terminal } from './terminal.js';

/** States in which what was asked for is done. */
const DONE: ReadonlySet<string> = new Set(['complete', 'soaking', 'contracting', 'contracted']);
const REDRAW_MS = 1000;

/**
 * `ringfence migrate apply`: expands the schema and goes through the rings until the migration soaks or is
 * held; with `--tenant` or `--ring` only that far. Run again, after whatever end, it goes on where it was.
 * Without `--apply` it says what it would do.
 */
export async function migrateApply(args: string[], terminal: Terminal): Promise<ExitCode> {
  const { values, positionals } = parseMigrate(args);
  if (values.tenant && values.ring) throw invalid('Give --tenant or --ring, not both.');
  const migration = migrationOf(nameOf(positionals, 'apply'), values, terminal);
  if (!values.apply) return preview(migration, values, terminal);
  const looks = terminal.redraw && !values.json;
  const runner = runnerOf(
    migration,
    values,
    terminal,
    looks ? undefined : sayEvents(values, terminal),
  );
  return untilStopped(values, terminal, async (signal) => {
    if (signal.aborted) return 1;
    await runner.expand();
    const work = narrowed(values)
      ? applyPart(migration, runner, values, terminal, signal)
      : runner.roll(signal).then((state) => (DONE.has(state) ? 0 : 1) as ExitCode);
    const code = await (looks ? shownWhile(migration.name, values, terminal, work) : work);
    await lastLook(migration.name, values, terminal);
    return code;
  });
}

function narrowed({ tenant, ring }: MigrateValues): boolean {
  return tenant !== undefined || ring !== undefined;
}

/** One tenant or one ring: asked for as anybody asks, and carried out here. */
async function applyPart(
  { name }: PhasedMigration,
  runner: MigrationRunner,
  values: MigrateValues,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<ExitCode> {
  const desk = new MigrationDesk({
    operator: { run: (_reason, fn) => withLedger(values, terminal, fn) },
    runner: (_migration, until) => runner.roll(until, { start: false, watch: true }),
  });
  const options = {
    actor: actorOf(values),
    signal,
    ...(values.reason === undefined ? {} : { reason: values.reason }),
  };
  if (values.tenant !== undefined) {
    await desk.applyToTenant(parseTenantId(values.tenant), name, options);
  } else await desk.applyToRing(name, values.ring ?? '', options);
  return 0;
}

async function preview(
  { name, kind, expand, backfill, verify, contract, meta }: PhasedMigration,
  values: MigrateValues,
  terminal: Terminal,
): Promise<ExitCode> {
  const entry = await withLedger(values, terminal, (db) => new MigrationLedger(db).find(name));
  const steps = [
    ...(entry?.expandedAt ? [] : expand.map(({ file }) => `expand the schema: ${file}`)),
    ...(narrowed(values)
      ? [`migrate ${values.tenant ? `tenant ${values.tenant}` : `ring ${values.ring}`}`]
      : meta.rings.map(
          (ring) =>
            `ring ${ring.name}: ${[backfill?.file, verify?.file, 'switch'].filter(Boolean).join(', ')}${ring.approval ? ' (after approval)' : ''}`,
        )),
  ];
  if (values.json) {
    const state = entry?.state ?? null;
    terminal.out(JSON.stringify({ migration: name, kind, state, applied: false, steps }));
    return 0;
  }
  terminal.out(`${name}: ${entry?.state.replaceAll('_', ' ') ?? 'not begun'}`);
  for (const step of steps) terminal.out(`  ${step}`);
  if (contract.length > 0) {
    terminal.out('  and, asked for by itself when it has soaked: ringfence migrate contract');
  }
  terminal.out('Nothing was done: add --apply.');
  return 0;
}

/** Redraws the view once a second while the work goes on. */
async function shownWhile<T>(
  name: string,
  values: MigrateValues,
  terminal: Terminal,
  work: Promise<T>,
): Promise<T> {
  const pace = new RolloutPace();
  const stop = new AbortController();
  const drawing = (async () => {
    while (!stop.signal.aborted) {
      await withLedger(values, terminal, (db) => readSnapshot(db, name))
        .then((snapshot) => terminal.redraw?.(watchLines(snapshot, pace.after(snapshot))))
        // The work says what is wrong, if something is.
        .catch(() => undefined);
      await sleep(REDRAW_MS, undefined, { signal: stop.signal }).catch(() => undefined);
    }
  })();
  try {
    return await work;
  } finally {
    stop.abort();
    await drawing;
  }
}

async function lastLook(name: string, values: MigrateValues, terminal: Terminal): Promise<void> {
  const snapshot = await withLedger(values, terminal, (db) => readSnapshot(db, name));
  const lines = watchLines(snapshot, new RolloutPace().after(snapshot));
  if (values.json) terminal.out(JSON.stringify({ kind: 'status', ...snapshot }));
  else if (terminal.redraw) terminal.redraw(lines);
  else for (const line of lines) terminal.out(line);
}
