import { writeFileSync } from 'node:fs';
import type pg from 'pg';
import { parseTenantId } from '../context/index.js';
import { type Ask, MigrationLedger } from '../migration/index.js';
import type { MigrationAct } from '../sql/index.js';
import {
  actorOf,
  invalid,
  type MigrateValues,
  nameOf,
  need,
  parseMigrate,
  withLedger,
} from './migrate-options.js';
import type { ExitCode, Terminal } from './terminal.js';

/** The verbs that ask for one act; what each of them needs besides the migration. */
const ASKS = {
  pause: { act: 'pause', needs: [] },
  resume: { act: 'resume', needs: [] },
  rollback: { act: 'rollback', needs: [], takes: ['tenant'] },
  retry: { act: 'retry', needs: [], takes: ['tenant', 'ring'] },
  skip: { act: 'skip', needs: ['tenant', 'reason'] },
  approve: { act: 'approve', needs: ['ring'] },
  halt: { act: 'halt', needs: [], all: true },
  release: { act: 'release', needs: [], all: true },
} as const satisfies Record<string, AskVerb>;

interface AskVerb {
  readonly act: MigrationAct;
  readonly needs: readonly ('tenant' | 'ring' | 'reason')[];
  readonly takes?: readonly ('tenant' | 'ring')[];
  /** Can be asked of all migrations at once. */
  readonly all?: boolean;
}

/** One of the verbs that only ask. */
export type AskVerbName = keyof typeof ASKS;

/** The names of the verbs that only ask. */
export const ASK_VERBS = Object.keys(ASKS) as AskVerbName[];

/**
 * Asks the ledger for one act in somebody's name. Without `--apply` it asks as well and takes it back, so
 * that what would be refused is refused, and nothing stays.
 */
export async function migrateAsk(
  verb: AskVerbName,
  args: string[],
  terminal: Terminal,
): Promise<ExitCode> {
  const { values, positionals } = parseMigrate(args);
  const ask = askOf(verb, values, positionals);
  // Before the database is asked anything: it may be what is in trouble.
  if (verb === 'halt' && values['stop-file']) dropStopFile(values['stop-file'], values, terminal);
  const done = await withLedger(values, terminal, (client) => asked(client, ask, values.apply));
  if (values.json) {
    terminal.out(JSON.stringify({ ...ask, applied: values.apply ?? false, ...done }));
    return 0;
  }
  const whom = [ask.migration === '*' ? 'all migrations' : ask.migration, ask.ring, ask.tenant];
  terminal.out(
    `${verb} ${whom.filter(Boolean).join(' ')}, as ${ask.actor}${done.state ? `: ${done.state}` : ''}`,
  );
  if (!values.apply) terminal.out('Nothing was done: add --apply.');
  return 0;
}

function askOf(verb: AskVerbName, values: MigrateValues, positionals: string[]): Ask {
  const { act, needs, takes = [], all = false }: AskVerb = ASKS[verb];
  for (const option of ['tenant', 'ring'] as const) {
    const known = [...needs, ...takes].includes(option);
    if (values[option] !== undefined && !known) throw invalid(`${verb} takes no --${option}.`);
  }
  for (const option of needs) need(values[option], `--${option}`);
  if (values.all && !all) throw invalid(`${verb} takes no --all: name one migration.`);
  if (values.all && positionals.length > 0) throw invalid('Give a migration or --all, not both.');
  const { reason, ring } = values;
  return {
    act,
    migration: values.all ? '*' : nameOf(positionals, verb),
    actor: actorOf(values),
    ...(reason === undefined ? {} : { reason }),
    ...(ring === undefined ? {} : { ring }),
    ...(values.tenant === undefined ? {} : { tenant: parseTenantId(values.tenant) }),
  };
}

async function asked(
  client: pg.Client,
  ask: Ask,
  apply = false,
): Promise<{ id?: string; state?: string }> {
  const ledger = new MigrationLedger(client);
  if (apply) {
    const id = await ledger.ask(ask);
    return { id, ...(await stateOf(ledger, ask)) };
  }
  await client.query('BEGIN');
  try {
    await ledger.ask(ask);
    return await stateOf(ledger, ask);
  } finally {
    await client.query('ROLLBACK');
  }
}

async function stateOf(ledger: MigrationLedger, { migration }: Ask): Promise<{ state?: string }> {
  if (migration === '*') return {};
  const entry = await ledger.find(migration);
  return entry ? { state: entry.state } : {};
}

/** Every runner that was started with this file stops at its next batch, whatever the database does. */
function dropStopFile(file: string, values: MigrateValues, terminal: Terminal): void {
  if (values.apply) {
    writeFileSync(file, `${new Date().toISOString()} ${actorOf(values)} ${values.reason ?? ''}\n`);
  }
  if (!values.json) terminal.out(`${values.apply ? 'made' : 'would make'} the stop file ${file}`);
}
