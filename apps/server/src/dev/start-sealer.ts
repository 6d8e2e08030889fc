import { fork } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';

/** What the sealer process is given. */
export interface SealerWish {
  /** A login of the sealer role: it reads the log of one bound tenant at a time, and writes seals. */
  readonly databaseUrl: string;
  /** For its signing key and, in the demo, for what it signs. */
  readonly dataFolder: string;
}

/** The running sealer process. */
export interface StartedSealer {
  stop(): Promise<void>;
}

/** The library's command line, as it is installed. */
const PROGRAM = path.join(
  path.dirname(createRequire(import.meta.url).resolve('ringfence/package.json')),
  'dist/cli/bin.js',
);
const PATIENCE_MS = 5_000;

/**
 * Runs `ringfence audit-log seal --watch` beside the server: a process of its own, because its login may
 * read what the server's may not, and must not be where requests are answered.
 */
export function startSealer({ databaseUrl, dataFolder }: SealerWish): StartedSealer {
  const log = openSync(path.join(dataFolder, 'sealer.log'), 'a', 0o600);
  const child = fork(
    PROGRAM,
    [
      ...['audit-log', 'seal', '--watch'],
      ...['--signing-key', path.join(dataFolder, 'audit-log.pem')],
      ...['--checkpoints', path.join(dataFolder, 'audit-log-checkpoints.jsonl')],
    ],
    {
      env: {
        PATH: process.env.PATH,
        RINGFENCE_CONTEXT_KEYS_FILE: process.env.RINGFENCE_CONTEXT_KEYS_FILE,
        DATABASE_SEALER_URL: databaseUrl,
      },
      execArgv: ['--enable-source-maps'],
      // Ctrl-C reaches us only: we stop the server first, and it then seals no more.
      detached: true,
      stdio: ['ignore', log, log, 'ipc'],
    },
  );
  closeSync(log);
  const ended = new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
    child.once('error', () => resolve());
  });
  return {
    async stop() {
      const patience = setTimeout(() => child.kill('SIGKILL'), PATIENCE_MS);
      child.kill('SIGTERM');
      await ended;
      clearTimeout(patience);
    },
  };
}
