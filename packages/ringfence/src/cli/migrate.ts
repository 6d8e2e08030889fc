import { RingfenceError } from '../errors/index.js';
import { migrateLintCommand } from './migrate-lint.js';
import { migrateNewCommand } from './migrate-new.js';
import type { ExitCode, Terminal } from './terminal.js';

/** One verb of `ringfence migrate`, in a file of its own: `migrate-<verb>.ts`. */
type Verb = (args: string[], terminal: Terminal) => Promise<ExitCode>;

const VERBS: Readonly<Record<string, Verb>> = {
  lint: migrateLintCommand,
  new: migrateNewCommand,
};

const USAGE = `ringfence migrate <verb>

  new     writes a migration folder to start from
  lint    says what would block others, or open a way across tenants

A migration is a folder: expand.sql, backfill.sql or backfill.ts, verify.sql, contract.sql
and meta.json; docs/migrations.md walks through one. Verbs that change something do so
only with --apply. Add --help to a verb for its options.`;

/** `ringfence migrate`: changes that reach all tenants at once, or ring by ring. */
export async function migrateCommand(args: string[], terminal: Terminal): Promise<ExitCode> {
  const [name = '', ...rest] = args;
  if (name === '' || name === '--help' || name === 'help') {
    terminal.out(USAGE);
    return name === '' ? 2 : 0;
  }
  const verb = Object.hasOwn(VERBS, name) ? VERBS[name] : undefined;
  if (!verb) {
    throw new RingfenceError('CONFIGURATION_INVALID', { detail: `No command migrate ${name}.` });
  }
  return verb(rest, terminal);
}
