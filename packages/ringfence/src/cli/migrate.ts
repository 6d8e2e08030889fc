import { RingfenceError } from '../errors/index.js';
import { ASK_VERBS, migrateAsk } from './migrate-ask.js';
import { migrateStatus } from './migrate-status.js';
import { migrateWatch } from './migrate-watch.js';
import type { ExitCode, Terminal } from './terminal.js';

const USAGE = `ringfence migrate <verb> [<migration>]

  status [<migration>]   all migrations, or one; --state S lists its tenants in that state
  watch <migration>      shows how it goes on, until it stands still
  pause | resume         stop at the next batch, and go on
  approve                lets the ring --ring begin
  retry                  what failed or was put aside, once more: all, --ring or --tenant
  skip                   puts --tenant aside, with a --reason: it keeps its old shape
  rollback               switches everybody (or --tenant) back to the old shape
  halt | release         the kill switch, and back: a migration, or --all

  --url URL              an operator's login (DATABASE_OPERATOR_URL), or one that may become the owner
                         (DATABASE_MIGRATION_URL)
  --as NAME              who acts; without it the user of the operating system. Stands in the ledger
  --reason TEXT          why; stands beside it
  --apply                do it. Without it the database is asked as well, and nothing stays
  --interval SECONDS     watch: how often to look (default 1)
  --limit N, --after ID  status --state: a page of tenants
  --stop-file FILE       halt: make this file first; a runner that was started with it stops
                         without the database
  --prefix NAME          of the group roles, when it is not ringfence
  --json                 JSON instead of text; watch: one snapshot per line

Exit codes: 0 done, or nothing to be seen to; 1 something waits for somebody (a tenant failed, it is held,
paused or halted); 2 it could not run, or the database refused it.`;

const VERBS: Readonly<Record<string, (args: string[], terminal: Terminal) => Promise<ExitCode>>> = {
  status: migrateStatus,
  watch: migrateWatch,
  ...Object.fromEntries(
    ASK_VERBS.map((verb) => [
      verb,
      (args: string[], terminal: Terminal) => migrateAsk(verb, args, terminal),
    ]),
  ),
};

/** `ringfence migrate`: controlled migrations. */
export async function migrateCommand(args: string[], terminal: Terminal): Promise<ExitCode> {
  const [name = '', ...rest] = args;
  if (name === '' || name === '--help' || name === 'help' || rest.includes('--help')) {
    terminal.out(USAGE);
    return name === '' ? 2 : 0;
  }
  const verb = VERBS[name];
  if (verb) return verb(rest, terminal);
  throw new RingfenceError('CONFIGURATION_INVALID', { detail: `No command migrate ${name}.` });
}
