import {
  MigrationLedger,
  type MigrationStatus,
  RolloutPace,
  readSnapshot,
  watchLines,
} from '../migration/index.js';
import { TENANT_STATES, type TenantMigrationState } from '../sql/index.js';
import {
  invalid,
  type MigrateValues,
  nameOf,
  numberOf,
  parseMigrate,
  withLedger,
} from './migrate-options.js';
import type { ExitCode, Terminal } from './terminal.js';

/** States that wait for a person. */
const WAITING_FOR_SOMEBODY: ReadonlySet<string> = new Set(['held', 'halted', 'paused']);

/**
 * `ringfence migrate status`: all migrations in one line each; one of them as `watch` shows it; or, with
 * `--state`, the tenants of one in those states. Reads only. Exit code 1 when something waits for somebody.
 */
export async function migrateStatus(args: string[], terminal: Terminal): Promise<ExitCode> {
  const { values, positionals } = parseMigrate(args);
  if (values.state) return tenants(values, positionals, terminal);
  if (positionals.length === 0) return everything(values, terminal);
  const name = nameOf(positionals, 'status');
  const snapshot = await withLedger(values, terminal, (client) => readSnapshot(client, name));
  if (values.json) terminal.out(JSON.stringify(snapshot));
  else
    for (const line of watchLines(snapshot, new RolloutPace().after(snapshot))) terminal.out(line);
  return needsSomebody(snapshot) ? 1 : 0;
}

/** Does this migration wait for a person, or has it put tenants aside? */
export function needsSomebody({
  state,
  stopped,
  tenants,
}: {
  readonly state: string;
  readonly stopped: unknown;
  readonly tenants: Readonly<Record<string, number>>;
}): boolean {
  const aside = (tenants.failed ?? 0) + (tenants.quarantined ?? 0);
  return WAITING_FOR_SOMEBODY.has(state) || Boolean(stopped) || aside > 0;
}

async function everything(values: MigrateValues, terminal: Terminal): Promise<ExitCode> {
  const all = await withLedger(values, terminal, (client) => new MigrationLedger(client).status());
  if (values.json) terminal.out(JSON.stringify({ migrations: all }));
  else if (all.length === 0) terminal.out('There is no controlled migration.');
  else for (const each of all) terminal.out(summary(each));
  return all.some(needsSomebody) ? 1 : 0;
}

function summary({ name, state, stopped, tenants }: MigrationStatus): string {
  const all = Object.values(tenants).reduce((sum, count) => sum + count, 0);
  const aside = tenants.failed + tenants.quarantined;
  const parts = [
    `${name}: ${stopped ? 'STOPPED, ' : ''}${state.replaceAll('_', ' ')}`,
    `${tenants.switched} of ${all} tenants switched`,
    ...(aside > 0 ? [`${aside} to be seen to`] : []),
  ];
  return parts.join(', ');
}

async function tenants(
  values: MigrateValues,
  positionals: string[],
  terminal: Terminal,
): Promise<ExitCode> {
  const name = nameOf(positionals, 'status');
  const states = (values.state ?? []) as TenantMigrationState[];
  const unknown = states.find((state) => !TENANT_STATES.includes(state));
  if (unknown) throw invalid(`--state is one of ${TENANT_STATES.join(', ')}.`);
  const found = await withLedger(values, terminal, (client) =>
    new MigrationLedger(client).tenants(name, {
      states,
      limit: numberOf(values.limit, '--limit', 100),
      ...(values.ring === undefined ? {} : { ring: values.ring }),
      ...(values.after === undefined ? {} : { after: values.after }),
    }),
  );
  if (values.json) terminal.out(JSON.stringify({ migration: name, tenants: found }));
  else {
    for (const { tenant, slug, ring, state, rowsDone, attempts, errorCode } of found) {
      const parts = [tenant, slug, ring ?? '-', state, `${rowsDone} rows`, `${attempts} attempts`];
      terminal.out([...parts, errorCode ?? ''].join('  ').trimEnd());
    }
  }
  return found.some(({ state }) => state === 'failed' || state === 'quarantined') ? 1 : 0;
}
