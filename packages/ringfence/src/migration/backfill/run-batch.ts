import type { Client } from 'pg';
import { RingfenceError } from '../../errors/index.js';
import {
  BEGIN_BATCH_STATEMENT,
  END_BATCH_STATEMENT,
  type Queryable,
  RUN_BATCH_STATEMENT,
  type TenantMigrationState,
} from '../../sql/index.js';
import type { BackfillDefinition } from '../folder/index.js';
import type { BatchStatements } from './batch-statements.js';

/** A tenant as a worker holds it. */
export interface Lease {
  readonly migration: string;
  readonly tenant: string;
  readonly fence: number;
}

/** One batch of one tenant. */
export interface BatchRequest {
  readonly lease: Lease;
  /** Of the tenant, made for this batch. */
  readonly proof: string;
  readonly statements: BatchStatements;
  /** A backfill in TypeScript; otherwise `statements.change` is run. */
  readonly definition?: BackfillDefinition;
  /** How many rows at most. */
  readonly size: number;
  readonly leaseSeconds: number;
  readonly verification: Verification;
}

/** How a tenant is verified that is done. */
export interface Verification {
  /** One query: mismatches and a checksum; `null` to take everything for right. */
  readonly query: string | null;
  /** After so many failures a tenant is quarantined. */
  readonly mostAttempts: number;
  readonly retrySeconds: number;
}

/** What a batch came to. */
export interface BatchResult {
  /** Rows in its range, and those of them that were changed. */
  readonly seen: number;
  readonly changed: number;
  /** No rows are left. */
  readonly finished: boolean;
  /** Where the tenant stands, when it was verified in the same flight. */
  readonly state?: TenantMigrationState | null;
}

/**
 * Runs one batch: rows and their place in the ledger change in one transaction, or neither does. SQL goes
 * in one round trip, the last batch together with verification and switch; TypeScript in a transaction around it.
 *
 * @param client as the owner role, outside a transaction.
 * @throws what PostgreSQL or the definition throws; `failureOf` tells what it means.
 */
export async function runBatch(client: Client, batch: BatchRequest): Promise<BatchResult> {
  if (batch.definition) return inTransaction(client, () => runDefinition(client, batch));
  const { lease, proof, statements, size, leaseSeconds, verification } = batch;
  const { rows } = await client.query<BatchResult>(RUN_BATCH_STATEMENT, [
    ...[lease.migration, lease.tenant, proof, lease.fence],
    ...[statements.range, statements.change, statements.count, size, leaseSeconds],
    ...[verification.query, verification.mostAttempts, verification.retrySeconds],
  ]);
  return rows[0] as BatchResult;
}

async function runDefinition(client: Client, batch: BatchRequest): Promise<BatchResult> {
  const { lease, statements, size } = batch;
  const definition = batch.definition as BackfillDefinition;
  const begun = await client.query<{ cursor: string | null; xact: string }>(BEGIN_BATCH_STATEMENT, [
    ...[lease.migration, lease.tenant, batch.proof, lease.fence],
  ]);
  const { cursor: after, xact } = begun.rows[0] as { cursor: string | null; xact: string };
  const range = await client.query<{ id: string; n: number }>(statements.range, [after, size]);
  const { id: upto = null, n: seen = 0 } = range.rows[0] ?? {};
  const changed =
    upto === null
      ? 0
      : await definition.batch({
          client: queryable(client),
          tenantId: lease.tenant,
          after,
          upto,
        });
  const ended = await client.query<{ finished: boolean; xact: string }>(END_BATCH_STATEMENT, [
    ...[lease.migration, lease.tenant, lease.fence, upto, seen],
    ...[Number.isSafeInteger(changed) ? changed : 0, size, batch.leaseSeconds],
  ]);
  const end = ended.rows[0] as { finished: boolean; xact: string };
  // It has ended our transaction and begun another: its rows stand there without their place.
  if (end.xact !== xact) throw new RingfenceError('TRANSACTION_CONTROL_REFUSED');
  return { seen, changed, finished: end.finished };
}

/** Only what the definition needs: not the means to end or give away the connection. */
function queryable(client: Client): Queryable {
  return { query: (text, values) => client.query(text, values) };
}

async function inTransaction<T>(client: Client, fn: () => Promise<T>): Promise<T> {
  await client.query('BEGIN');
  try {
    const result = await fn();
    const { command } = await client.query('COMMIT');
    // An error that the definition has swallowed.
    if (command !== 'COMMIT') throw new RingfenceError('TRANSACTION_NOT_COMMITTED');
    return result;
  } catch (error) {
    await client.query('ROLLBACK').catch(() => undefined);
    throw error;
  }
}
