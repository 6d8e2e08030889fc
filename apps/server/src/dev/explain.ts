import { isRingfenceError } from 'ringfence/errors';

/** Codes whose detail is the whole sentence already. */
const SELF_EXPLAINING = new Set(['CONFIGURATION_INVALID', 'START_FAILED']);

/** What the person at the terminal reads of an error: sentences when it is a known one. */
export function explain(error: unknown): string {
  if (isRingfenceError(error)) {
    return error.detail !== undefined && SELF_EXPLAINING.has(error.code)
      ? error.detail
      : error.message;
  }
  if (!(error instanceof Error)) return String(error);
  const { code } = error as { code?: unknown };
  // The operating system's and PostgreSQL's errors are sentences; ours without a code are defects.
  return typeof code === 'string' ? `${error.message} (${code})` : (error.stack ?? error.message);
}
