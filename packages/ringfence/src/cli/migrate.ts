import { RingfenceError } from '../errors/index.js';
import { migrateApply } from './migrate-apply.js';
import { ASK_VERBS, migrateAsk } from './migrate-ask.js';
import { migrateContract } from './migrate-contract.js';
import { migrateLintCommand } from './migrate-lint.js';
import { migrateNewCommand } from './migrate-new.js';
import { migratePlanCommand } from './migrate-plan.js';
import { migrateRun } from './migrate-run.js';
import { migrateStatus } from './migrate-status.js';
import { migrateWatch } from './migrate-watch.js';
import type { ExitCode, Terminal } from './terminal.js';

const USAGE = `ringfence migrate <verb> [<migration>]

  new <name>             writes a migration folder to start from
  lint [<folder>]        says what would block others, or open a way across tenants
  plan <folder>          says what each statement locks, what waits, and for how long
  apply <migration>      expands the schema, then goes ring by ring until it soaks or is held;
                         --tenant or --ring: only that far
  run                    carries out what others ask for; --watch: stays for more
  contract <migration>   takes the old shape away, for good, when nothing speaks against it
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
  --folder DIR           where the folders of the migrations are (default migrations)
  --keyring FILE         apply, run: proves the tenants that are bound (RINGFENCE_CONTEXT_KEYS_FILE)
  --workers N            apply, run: how many tenants at the same time (default 2)
  --webhook URL          apply, run: told of each act, signed with RINGFENCE_WEBHOOK_SECRETS;
  --webhook-place FILE   how far it was told
  --apply                do it. Without it the database is asked as well, and nothing stays
  --interval SECONDS     watch: how often to look (default 1)
  --limit N, --after ID  status --state: a page of tenants
  --stop-file FILE       apply, run: stop at the next batch when this file is there
                         (RINGFENCE_STOP_FILE); halt: make it first, before the database is asked
  --prefix NAME          of the group roles, when it is not ringfence
  --json                 JSON instead of text; watch: one snapshot per line

SIGTERM and SIGINT stop apply and run at the next batch; a second one ends the process at once, after
which it goes on where it was.

Exit codes: 0 done, or nothing to be seen to; 1 something waits for somebody (a tenant failed, it is held,
paused or halted); 2 it could not run, or the database refused it.`;

/** One verb of `ringfence migrate`, in a file of its own: `migrate-<verb>.ts`. */
type Verb = (args: string[], terminal: Terminal) => Promise<ExitCode>;

const VERBS: Readonly<Record<string, Verb>> = {
  new: migrateNewCommand,
  lint: migrateLintCommand,
  plan: migratePlanCommand,
  apply: migrateApply,
  run: migrateRun,
  contract: migrateContract,
  status: migrateStatus,
  watch: migrateWatch,
  ...Object.fromEntries(
    ASK_VERBS.map((verb) => [
      verb,
      ((args, terminal) => migrateAsk(verb, args, terminal)) satisfies Verb,
    ]),
  ),
};

/** Verbs that have options, and a help, of their own. */
const WITH_HELP: ReadonlySet<string> = new Set(['new', 'lint', 'plan']);

/** `ringfence migrate`: changes that reach all tenants at once, or ring by ring. */
export async function migrateCommand(args: string[], terminal: Terminal): Promise<ExitCode> {
  const [name = '', ...rest] = args;
  const own = WITH_HELP.has(name);
  if (name === '' || name === '--help' || name === 'help' || (rest.includes('--help') && !own)) {
    terminal.out(USAGE);
    return name === '' ? 2 : 0;
  }
  const verb = Object.hasOwn(VERBS, name) ? VERBS[name] : undefined;
  if (verb) return verb(rest, terminal);
  throw new RingfenceError('CONFIGURATION_INVALID', { detail: `No command migrate ${name}.` });
}
