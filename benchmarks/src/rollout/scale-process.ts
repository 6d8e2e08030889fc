import { MigrationRunner, readMigrationFolder } from 'ringfence/migration';
import { keyringFromEnvironment } from 'ringfence/postgres';

// The runner of the proof at scale, in a process of its own, as `ringfence migrate apply` would be:
// `scale-process.js <folder> <workers>`. Everything but the number of workers is as it is by default.

const [, , folder = '', workers = '2'] = process.argv;
const runner = new MigrationRunner({
  url: process.env.DATABASE_MIGRATION_URL ?? '',
  actor: 'scale',
  migration: readMigrationFolder(folder),
  keyring: keyringFromEnvironment(),
  workers: Number(workers),
  onEvent: (event) => {
    if (event.kind === 'throttled' || event.kind === 'trouble') process.send?.(event);
  },
});
await runner.expand();
process.send?.({ kind: 'begun' });
process.send?.({ kind: await runner.roll(new AbortController().signal) });
process.disconnect?.();
