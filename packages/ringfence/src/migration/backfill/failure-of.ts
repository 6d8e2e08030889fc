import { type ErrorCode, fromPostgres, isRingfenceError } from '../../errors/index.js';

/**
 * What a failed batch says about whom:
 *
 * - `lost`: another worker has the tenant; `stopped`: somebody stopped the migration.
 * - `connection`: nothing is known of it but that it ended; the ledger knows.
 * - `server`: the disk is full, memory or connections have run out: no tenant is to blame.
 * - `crowded`: a lock, a deadlock or the time was not enough; fewer rows may do.
 * - `tenant`: the rows of this tenant cannot be done.
 */
export type FailureKind = 'lost' | 'stopped' | 'connection' | 'server' | 'crowded' | 'tenant';

/** A failure and its code: an SQLSTATE or one of the catalogue, never a message. */
export interface Failure {
  readonly kind: FailureKind;
  readonly code: string;
}

const BY_CODE: Readonly<Record<string, FailureKind>> = {
  // Somebody has moved the tenant on: the ledger knows where it is.
  RF101: 'lost',
  RF102: 'lost',
  RF103: 'stopped',
  // Lock, deadlock, serialization, statement timeout.
  '55P03': 'crowded',
  '40P01': 'crowded',
  '40001': 'crowded',
  '57014': 'crowded',
  // Its session sat idle in a transaction, or too long in it.
  '25P03': 'connection',
  '25P04': 'connection',
};

const UNKNOWN = 'INTERNAL' satisfies ErrorCode;

/** Tells what a failure is. Source of the codes: PostgreSQL manual, appendix A; sql/migration-work.ts. */
export function failureOf(error: unknown): Failure {
  const { code } = (error ?? {}) as { code?: unknown };
  const state = typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) ? code : undefined;
  if (state) {
    const kind = BY_CODE[state];
    if (kind) return { kind, code: state };
    if (state.startsWith('53') || state.startsWith('58')) return { kind: 'server', code: state };
    if (state.startsWith('08') || state.startsWith('57P')) {
      return { kind: 'connection', code: state };
    }
    return { kind: 'tenant', code: state };
  }
  if ((error as Error)?.message === 'Query read timeout') {
    return { kind: 'connection', code: 'DATABASE_UNAVAILABLE' };
  }
  if (isRingfenceError(error)) return { kind: 'tenant', code: error.code };
  const known = fromPostgres(error).code;
  if (known === 'DATABASE_UNAVAILABLE') return { kind: 'connection', code: known };
  // A backfill in TypeScript that threw something of its own.
  return { kind: 'tenant', code: UNKNOWN };
}
