import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from 'pg';
import { isRingfenceError, RingfenceError } from '../../errors/index.js';
import type { SqlFile } from '../folder/index.js';
import type { ApplySettings, LockHolder } from './apply-options.js';
import { lockHolders } from './lock-holders.js';

/** lock_not_available, deadlock_detected, serialization_failure: others were in the way. */
const GIVES_WAY = new Set(['55P03', '40P01', '40001']);

/**
 * Tries until it gets its locks, with growing pauses; never by waiting without a bound in the end.
 *
 * @throws RingfenceError `MIGRATION_BLOCKED` after the last try, naming who holds locks;
 *   `MIGRATION_FAILED` for any other failure, or when the signal says so.
 */
export async function withPatience(
  client: Client,
  file: SqlFile,
  settings: ApplySettings,
  attempt: () => Promise<void>,
): Promise<void> {
  const { attempts, pauseMs, signal, report } = settings;
  for (let number = 1; ; number += 1) {
    if (signal?.aborted) throw stopped(file);
    const end = (): void => void client.end().catch(() => undefined);
    signal?.addEventListener('abort', end, { once: true });
    let failure: unknown;
    try {
      return await attempt();
    } catch (error) {
      failure = error;
    } finally {
      signal?.removeEventListener('abort', end);
    }
    if (signal?.aborted) throw stopped(file, failure);
    if (!GIVES_WAY.has((failure as { code?: string }).code ?? '')) throw failed(file, failure);
    const holders = await lockHolders(client);
    if (number >= attempts) throw blocked(file, number, holders, failure);
    const longest = Math.min(pauseMs.longest, pauseMs.first * 2 ** (number - 1));
    const waitMs = Math.round(longest * (0.5 + Math.random() / 2));
    report?.({ kind: 'blocked', file: file.file, attempt: number, waitMs, holders });
    await sleep(waitMs, undefined, signal ? { signal } : {}).catch(() => undefined);
  }
}

function blocked(
  file: SqlFile,
  attempts: number,
  holders: readonly LockHolder[],
  cause: unknown,
): RingfenceError {
  const who = holders.map(
    ({ pid, user, application, relation, mode, seconds }) =>
      `process ${pid} (${[user, application].filter(Boolean).join(', ')}) holds ${mode} on ${relation}${
        seconds === null ? '' : ` for ${seconds} s`
      }`,
  );
  const detail = `${file.file} was tried ${attempts} times. ${who.join('; ') || 'Nobody holds locks now'}.`;
  return new RingfenceError('MIGRATION_BLOCKED', { detail, cause });
}

function failed(file: SqlFile, cause: unknown): RingfenceError {
  if (isRingfenceError(cause)) return cause;
  const { code = '', message } = cause as { code?: string; message: string };
  // Class 22 quotes the value that did not fit.
  const shown = code.startsWith('22') ? message.replace(/"[^"]*"/g, '"…"') : message;
  const hint =
    code === '25001' ? ' Put it into a file of its own that begins with -- no-transaction.' : '';
  return new RingfenceError('MIGRATION_FAILED', {
    detail: `${file.file} was not applied: ${shown}.${hint}`,
    cause,
  });
}

function stopped(file: SqlFile, cause?: unknown): RingfenceError {
  const detail = `${file.file} was stopped; run it again.`;
  return new RingfenceError('MIGRATION_FAILED', { detail, cause });
}
