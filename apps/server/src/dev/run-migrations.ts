import { spawn } from 'node:child_process';
import path from 'node:path';
import { RingfenceError } from 'ringfence/errors';
import type { StartedDatabase } from './start-database.js';
import type { StartSettings } from './start-settings.js';
import type { Report } from './step.js';

/** The migration's compiled program; this file is only ever run compiled. */
const PROGRAM = path.join(import.meta.dirname, 'migrate.js');

/**
 * Sets the database up and migrates it, in a child process that gets the privileged URL and exits.
 *
 * @throws RingfenceError `START_FAILED` with what the child said.
 */
export function runMigrations(
  database: StartedDatabase,
  settings: StartSettings,
  report: Report,
  signal: AbortSignal,
): Promise<void> {
  const env: NodeJS.ProcessEnv = {
    PATH: process.env.PATH,
    RINGFENCE_MODE: settings.mode,
    RINGFENCE_ROLE_PREFIX: settings.rolePrefix,
    RINGFENCE_CONTEXT_KEYS_FILE: process.env.RINGFENCE_CONTEXT_KEYS_FILE,
    RINGFENCE_LOGINS: JSON.stringify(database.logins),
    DATABASE_MIGRATION_URL: database.migration,
    DATABASE_SETUP_URL: database.setUp,
  };
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['--enable-source-maps', PROGRAM], {
      env,
      signal,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let complaint = '';
    let line = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      const lines = (line + text).split('\n');
      line = lines.pop() ?? '';
      lines.forEach(report);
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      complaint += text;
    });
    child.on('error', reject);
    child.on('close', (code) => {
      if (code === 0) return resolve();
      const detail = complaint.trim() || 'The migration ended without a word.';
      return reject(new RingfenceError('START_FAILED', { detail }));
    });
  });
}
