import { existsSync } from 'node:fs';
import path from 'node:path';
import { WebhookEndpoint } from '../delivery/index.js';
import {
  actEvent,
  followActs,
  MigrationRunner,
  type OnRolloutEvent,
  type PhasedMigration,
  type RolloutEvent,
  readMigrationFolder,
  webhookPlace,
} from '../migration/index.js';
import { keyringFromEnvironment, keyringFromFile } from '../postgres/index.js';
import {
  actorOf,
  invalid,
  type MigrateValues,
  need,
  numberOf,
  withLedger,
} from './migrate-options.js';
import { stopSignal } from './stop-signal.js';
import type { Terminal } from './terminal.js';

const DEFAULT_FOLDER = 'migrations';

/** The folder of one migration: a path, or a name inside `--folder`. */
export function migrationOf(
  name: string,
  values: MigrateValues,
  terminal: Terminal,
): PhasedMigration {
  const base = terminal.cwd ?? process.cwd();
  const inside = path.resolve(base, values.folder ?? DEFAULT_FOLDER, name);
  return readMigrationFolder(existsSync(inside) ? inside : path.resolve(base, name));
}

/** What executes a migration, as the command line was told. */
export function runnerOf(
  migration: PhasedMigration,
  values: MigrateValues,
  terminal: Terminal,
  onEvent?: OnRolloutEvent,
): MigrationRunner {
  const { env } = terminal;
  const [url, second] = values.url ?? [env.DATABASE_MIGRATION_URL];
  if (second !== undefined) throw invalid('Give --url once.');
  return new MigrationRunner({
    url: need(url, '--url'),
    actor: actorOf(values),
    migration,
    keyring: values.keyring ? keyringFromFile(values.keyring) : keyringFromEnvironment(env),
    workers: numberOf(values.workers, '--workers', 2),
    ...(values.prefix === undefined ? {} : { prefix: values.prefix }),
    ...(onEvent ? { onEvent } : {}),
  });
}

/** Runs `fn` until it is done or somebody stops it, with webhooks meanwhile where they are wanted. */
export async function untilStopped<T>(
  values: MigrateValues,
  terminal: Terminal,
  fn: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const file = values['stop-file'] ?? terminal.env.RINGFENCE_STOP_FILE;
  const stop = stopSignal({
    ...(file === undefined ? {} : { file }),
    onStop: (by) => {
      if (!values.json) terminal.out(`stopping at the next batch: ${by}`);
    },
  });
  const hooks = webhooks(values, terminal);
  try {
    return await fn(stop.signal);
  } finally {
    stop.release();
    await hooks?.stop();
  }
}

/** One line for an event; batches are too many to be told one by one. */
export function sayEvents(values: MigrateValues, terminal: Terminal): OnRolloutEvent {
  let last = '';
  return (event) => {
    if (event.kind === 'batch') return;
    const line = values.json ? JSON.stringify(event) : eventLine(event);
    // A ring that waits, a database that is away: once, and not at each look.
    if (line === undefined || line === last) return;
    last = line;
    terminal.out(line);
  };
}

function eventLine(event: RolloutEvent): string | undefined {
  switch (event.kind) {
    case 'migration':
      return `${event.migration}: ${event.state}${because(event.reason)}`;
    case 'ring':
      return `ring ${event.ring}: ${event.state}${because(event.reason)}`;
    case 'tenant':
      return event.code === undefined
        ? undefined
        : `tenant ${event.tenant}: ${event.state} (${event.code})`;
    case 'throttled':
      return `waiting: ${event.reason}`;
    case 'trouble':
      return `trouble: ${event.code}; it is tried again`;
    default:
      return undefined;
  }
}

function because(reason: string | undefined): string {
  return reason === undefined ? '' : ` (${reason})`;
}

function webhooks(
  values: MigrateValues,
  terminal: Terminal,
): { stop(): Promise<void> } | undefined {
  if (values.webhook === undefined) return undefined;
  const { place, told } = webhookPlace(need(values['webhook-place'], '--webhook-place'));
  const secrets = need(terminal.env.RINGFENCE_WEBHOOK_SECRETS, 'RINGFENCE_WEBHOOK_SECRETS');
  const endpoint = new WebhookEndpoint({
    url: values.webhook,
    secrets: secrets.split(',').map((secret) => secret.trim()),
    report: (outcome) => {
      told(outcome);
      const { delivered, event, attempts, last } = outcome;
      if (!delivered && last !== 'stopped' && !values.json) {
        terminal.out(`webhook: ${event.id} was not taken after ${attempts} attempts (${last})`);
      }
    },
  });
  const stop = new AbortController();
  const following = followActs({
    operator: { run: (_reason, fn) => withLedger(values, terminal, fn) },
    onAct: (act) => endpoint.send(actEvent(act)),
    place,
    signal: stop.signal,
  });
  return {
    async stop() {
      // One more look, for what the end of the work has written.
      await new Promise((resolve) => setTimeout(resolve, 1500));
      stop.abort();
      await following;
      await endpoint.stop();
    },
  };
}
