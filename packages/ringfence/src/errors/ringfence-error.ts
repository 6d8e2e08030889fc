import { CATALOGUE, type ErrorCode } from './catalogue.js';

/** What a {@link RingfenceError} may carry besides its code. */
export interface RingfenceErrorOptions {
  /** The underlying error; logged by class and code only, never shown. */
  readonly cause?: unknown;
  /** A sentence for developers and logs: names of things, never values of rows. */
  readonly detail?: string;
  /** Field errors of a request body, safe to show to its sender. */
  readonly errors?: readonly FieldError[];
  /** Which quota is used up, and how much of it the tenant may have: members of the problem document. */
  readonly quota?: UsedQuota;
  /** When it may be tried again: becomes the header `Retry-After` (RFC 9110, 10.2.3). */
  readonly retryAfterSeconds?: number;
}

/** A quota of the tenant that has no room. */
export interface UsedQuota {
  readonly name: string;
  readonly allowed: number;
}

/** One field of a request that was refused. `pointer` is an RFC 6901 JSON pointer. */
export interface FieldError {
  readonly pointer: string;
  readonly message: string;
}

/**
 * The one error class of the library. Its `code` is one of the catalogue; its message is the
 * catalogue's sentence and remedy, so that it can be shown anywhere.
 *
 * @example
 * throw new RingfenceError('TENANT_CONTEXT_MISSING');
 */
export class RingfenceError extends Error {
  readonly code: ErrorCode;
  readonly status: number;
  readonly detail: string | undefined;
  readonly errors: readonly FieldError[];
  readonly retryAfterSeconds: number | undefined;
  readonly quota: UsedQuota | undefined;

  constructor(code: ErrorCode, options: RingfenceErrorOptions = {}) {
    const entry = CATALOGUE[code];
    const detail = options.detail === undefined ? '' : ` ${options.detail}`;
    super(`${entry.sentence} ${entry.remedy}${detail}`, { cause: options.cause });
    this.name = 'RingfenceError';
    this.code = code;
    this.status = entry.status;
    this.detail = options.detail;
    this.errors = options.errors ?? [];
    this.retryAfterSeconds = options.retryAfterSeconds;
    this.quota = options.quota;
  }
}

/** Is this a {@link RingfenceError}, optionally with the given code? */
export function isRingfenceError(error: unknown, code?: ErrorCode): error is RingfenceError {
  return error instanceof RingfenceError && (code === undefined || error.code === code);
}
