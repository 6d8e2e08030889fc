import type { TenantId } from '../context/index.js';
import type { ErrorCode } from '../errors/index.js';

/** What a statement does, by its first word; `other` for anything that is not in the list. */
export type StatementOperation =
  | 'select'
  | 'insert'
  | 'update'
  | 'delete'
  | 'merge'
  | 'with'
  | 'begin'
  | 'commit'
  | 'rollback'
  | 'other';

/** What is known of one statement of a tenant when it is done. Never its text, never a value. */
export interface StatementRecord {
  readonly tenantId: TenantId;
  readonly operation: StatementOperation;
  /** The first table that it names, where that is one of those the pool was told. */
  readonly table?: string;
  /** In milliseconds since 1970; waiting for a connection is part of the duration. */
  readonly startedAt: number;
  readonly durationMs: number;
  /** Rows that came back or were changed. */
  readonly rows?: number;
  /** How it failed, where it did. */
  readonly code?: ErrorCode;
}

/**
 * Gets one record of every statement that a tenant pool has run, in the context of whoever ran it. What it
 * throws is dropped: no statement fails because it was watched.
 */
export interface StatementObserver {
  observeStatement(record: StatementRecord): void;
}
