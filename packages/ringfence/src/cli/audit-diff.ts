import { type CatalogChange, diffCatalogs, readSnapshot } from '../auditor/index.js';
import { RingfenceError } from '../errors/index.js';
import type { ExitCode, Terminal } from './terminal.js';

const USAGE = `ringfence audit diff BEFORE AFTER [--json]

  Each is a URL, or a file that ringfence audit --snapshot wrote.
  Exit codes: 0 nothing dangerous, 1 something is, 2 it could not run.`;

/** `ringfence audit diff`: what changed between two databases, by what it can do to isolation. */
export async function auditDiffCommand(args: string[], terminal: Terminal): Promise<ExitCode> {
  const [before, after, ...rest] = args.filter((each) => !each.startsWith('--'));
  if (args.includes('--help')) {
    terminal.out(USAGE);
    return 0;
  }
  const unknown = args.find((each) => each.startsWith('--') && each !== '--json');
  if (before === undefined || after === undefined || rest.length > 0 || unknown !== undefined) {
    throw new RingfenceError('CONFIGURATION_INVALID', {
      detail: 'Name two databases or snapshots: ringfence audit diff BEFORE AFTER [--json].',
    });
  }
  const changes = diffCatalogs(await readSnapshot(before), await readSnapshot(after));
  if (args.includes('--json')) terminal.out(JSON.stringify({ changes }));
  else for (const line of changes.map(describe)) terminal.out(line);
  return changes.some((change) => change.class === 'DANGEROUS') ? 1 : 0;
}

function describe({ class: danger, kind, name, before, after }: CatalogChange): string {
  const what = before === undefined ? 'added' : after === undefined ? 'removed' : 'changed';
  // A name may hold anything, a new line too.
  return `${danger.padEnd(9)} ${kind} ${what}: ${JSON.stringify(name).slice(1, -1)}`;
}
