import { MigrationRunner, readMigrationFolder } from 'ringfence/migration';
import { keyringFromEnvironment } from 'ringfence/postgres';

// A runner in a process of its own, to be killed: `rollout-process.js <folder>`. It ends with 0 when the
// migration soaks, and with 1 whenever something went wrong; whoever started it starts it again.

const [, , folder = ''] = process.argv;
const runner = new MigrationRunner({
  url: process.env.DATABASE_MIGRATION_URL ?? '',
  actor: 'chaos',
  migration: readMigrationFolder(folder),
  keyring: keyringFromEnvironment(),
  statementTimeoutMs: 3_000,
  lockTimeoutMs: 1_000,
  schema: { attempts: 60, pauseMs: { first: 50, longest: 500 } },
  worker: {
    leaseSeconds: 2,
    idleMs: 30,
    retrySeconds: 0.2,
    // Nothing here is a tenant's own fault, so that nobody must end in quarantine.
    mostAttempts: 50,
    firstBatch: 20,
    aim: { shortestMs: 0, longestMs: 1e6, fewest: 1, most: 20 },
  },
});

try {
  await runner.expand();
  const state = await runner.roll(new AbortController().signal);
  process.exitCode = state === 'soaking' ? 0 : 1;
} catch (error) {
  const { name, code, message } = error as Error & { code?: string };
  process.stderr.write(`${name} ${code ?? ''}: ${message.split('\n')[0]}\n`);
  process.exitCode = 1;
}
