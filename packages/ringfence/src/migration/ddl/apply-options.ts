import type { Client } from 'pg';

/** Who holds locks on tables of the database at this moment. Holds no SQL: that may carry values. */
export interface LockHolder {
  readonly pid: number;
  readonly user: string | null;
  readonly application: string | null;
  readonly relation: string;
  readonly mode: string;
  /** How long its transaction is open, where the login may see it. */
  readonly seconds: number | null;
}

/** What is said while a file is applied. */
export type ApplyEvent =
  | {
      readonly kind: 'blocked';
      readonly file: string;
      readonly attempt: number;
      readonly waitMs: number;
      readonly holders: readonly LockHolder[];
    }
  | { readonly kind: 'cleaned'; readonly file: string; readonly indexes: readonly string[] }
  | { readonly kind: 'applied'; readonly file: string; readonly ms: number };

/** How {@link applySql} goes about it. Every time is bounded; none of them may be 0, "no timeout". */
export interface ApplyOptions {
  /** Of the group roles; default `ringfence`. */
  readonly prefix?: string;
  /** How long one try waits for a lock, while everybody queues behind it. Default 500 ms. */
  readonly lockTimeoutMs?: number;
  /** How often it is tried. Default 20: with the pauses between, some four minutes. */
  readonly attempts?: number;
  /** Pauses double from the first to the longest, each shortened at random. */
  readonly pauseMs?: { readonly first: number; readonly longest: number };
  /** Of one statement in a transaction; what the file says wins. Default 1 minute. */
  readonly statementTimeoutMs?: number;
  /** Of a concurrent statement, which holds nobody up: for its locks and as a whole. Default 6 hours. */
  readonly concurrentTimeoutMs?: number;
  /** Writes the file down: in its own transaction, or right after a statement without one. */
  record?(client: Client): Promise<void>;
  report?(event: ApplyEvent): void;
  /** Gives up: at once while it waits; a statement that runs ends with its connection. */
  readonly signal?: AbortSignal;
}

/** The options with everything that was left out. */
export type ApplySettings = ApplyOptions &
  Required<
    Pick<
      ApplyOptions,
      | 'prefix'
      | 'lockTimeoutMs'
      | 'attempts'
      | 'pauseMs'
      | 'statementTimeoutMs'
      | 'concurrentTimeoutMs'
    >
  >;
