import { contractBlockers } from '../migration/index.js';
import { nameOf, parseMigrate, withLedger } from './migrate-options.js';
import { migrationOf, runnerOf, sayEvents } from './migrate-runner.js';
import type { ExitCode, Terminal } from './terminal.js';

/**
 * `ringfence migrate contract`: takes the old shape away, for good. Without `--apply` it says what speaks
 * against it; exit code 1 when something does.
 */
export async function migrateContract(args: string[], terminal: Terminal): Promise<ExitCode> {
  const { values, positionals } = parseMigrate(args);
  const migration = migrationOf(nameOf(positionals, 'contract'), values, terminal);
  const { name } = migration;
  const files = migration.contract.map(({ file }) => file);
  const blockers = await withLedger(values, terminal, (db) => contractBlockers(db, name));
  const applied = Boolean(values.apply) && blockers.length === 0;
  if (applied) await runnerOf(migration, values, terminal, sayEvents(values, terminal)).contract();
  if (values.json) terminal.out(JSON.stringify({ migration: name, files, applied, blockers }));
  else {
    for (const blocker of blockers) terminal.out(blocker);
    if (applied) terminal.out(`${name}: contracted, and there is no way back`);
    else if (blockers.length > 0) terminal.out('The old shape is still needed.');
    else {
      terminal.out(`would apply ${files.join(', ')}; there is no way back`);
      terminal.out('Nothing was done: add --apply.');
    }
  }
  return blockers.length > 0 ? 1 : 0;
}
