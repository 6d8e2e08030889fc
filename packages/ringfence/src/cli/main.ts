import { isRingfenceError, RingfenceError } from '../errors/index.js';
import { auditCommand } from './audit.js';
import { auditLogCommand } from './audit-log.js';
import { keysCommand } from './keys.js';
import { migrateCommand } from './migrate.js';
import { proveCommand } from './prove.js';
import { quotasCommand } from './quotas.js';
import type { ExitCode, Terminal } from './terminal.js';
import { verifyEvidenceCommand } from './verify-evidence.js';

const COMMANDS: Readonly<
  Record<string, (args: string[], terminal: Terminal) => Promise<ExitCode>>
> = {
  audit: auditCommand,
  'audit-log': auditLogCommand,
  keys: keysCommand,
  migrate: migrateCommand,
  prove: proveCommand,
  quotas: quotasCommand,
  'verify-evidence': verifyEvidenceCommand,
};

const USAGE = `ringfence <command>

  audit         reads a database's catalog for ways across tenants; changes nothing
  audit diff    what changed between two databases, by what it can open
  audit-log     seals, verifies, exports and shortens the log of what people did
  migrate       rolls changes of the schema out, tenant by tenant
  prove         attacks a copy of a database with two tenants
  migrate       rolls a change out, to all tenants at once or ring by ring
  quotas        what tenants may have of what is counted, what they have, and whether the counters are true
  verify-evidence  checks a signed evidence file
  keys list     what the keyring signs with and what each database verifies
  keys rotate   a new key: stored in every database first, then signed with
  keys retire   takes a key out of the databases once nothing is signed with it

Commands that change something do so only with --apply. Add --help to a command for its options.
Exit codes: 0 done, 1 there is something to be seen to, 2 it could not run.`;

/**
 * Runs the command line.
 *
 * @returns the exit code; see {@link ExitCode}.
 * @example
 * process.exitCode = await main(process.argv.slice(2), { env: process.env, out: console.log });
 */
export async function main(args: readonly string[], terminal: Terminal): Promise<ExitCode> {
  const [name = '', ...rest] = args;
  if (name === '' || name === '--help' || name === 'help') {
    terminal.out(USAGE);
    return name === '' ? 2 : 0;
  }
  try {
    const command = COMMANDS[name];
    if (!command)
      throw new RingfenceError('CONFIGURATION_INVALID', { detail: `No command ${name}.` });
    return await command(rest, terminal);
  } catch (error) {
    const known = isRingfenceError(error);
    terminal.out(
      known
        ? `${error.code}: ${error.detail ?? error.message}${causeOf(error)}`
        : (error as Error).message,
    );
    return 2;
  }
}

/** Of an error that nobody expected: its code. Messages of the database quote rows. */
function causeOf({ code, cause }: RingfenceError): string {
  const of = (cause as { code?: unknown } | undefined)?.code;
  return code === 'INTERNAL' && typeof of === 'string' ? ` (${of})` : '';
}
