import type { ErrorCode } from './catalogue.js';
import { RingfenceError, type RingfenceErrorOptions } from './ringfence-error.js';

/** SQLSTATE → code of the catalogue. Source: PostgreSQL manual, appendix A. */
const BY_SQLSTATE: Readonly<Record<string, ErrorCode>> = {
  '23001': 'HAS_CHILDREN',
  '23503': 'REFERENCE_NOT_FOUND',
  '23505': 'ALREADY_EXISTS',
  '23514': 'VALIDATION_FAILED',
  '23502': 'VALIDATION_FAILED',
  '22001': 'VALIDATION_FAILED',
  '22021': 'VALIDATION_FAILED',
  '22P02': 'VALIDATION_FAILED',
  '22P05': 'VALIDATION_FAILED',
  '22003': 'VALIDATION_FAILED',
  '42501': 'ISOLATION_VIOLATION',
  '25P02': 'TRANSACTION_NOT_COMMITTED',
  '40001': 'SERIALIZATION_FAILURE',
  '40P01': 'SERIALIZATION_FAILURE',
  '55P03': 'SERIALIZATION_FAILURE',
  '57014': 'STATEMENT_TIMEOUT',
  '57P01': 'DATABASE_UNAVAILABLE',
  '57P02': 'DATABASE_UNAVAILABLE',
  '57P03': 'DATABASE_UNAVAILABLE',
  '53300': 'DATABASE_UNAVAILABLE',
  // The database is gone, or the login's password was changed under a running server.
  '3D000': 'DATABASE_UNAVAILABLE',
  '28000': 'DATABASE_UNAVAILABLE',
  '28P01': 'DATABASE_UNAVAILABLE',
  // Raised by ringfence.bind(): see sql/binder.ts.
  RF001: 'TENANT_SWITCH_IN_TRANSACTION',
  RF002: 'TENANT_CONTEXT_MISSING',
  RF003: 'TENANT_CONTEXT_UNPROVEN',
  // Raised by the ledger of migrations: see sql/migration-*.ts.
  RF101: 'MIGRATION_STEP_REFUSED',
  RF102: 'MIGRATION_LEASE_LOST',
  RF103: 'MIGRATION_STOPPED',
  RF104: 'MIGRATION_UNKNOWN',
  RF105: 'CONTRACT_REFUSED',
  // Raised by ringfence.use_quota(): see sql/quota-counters.ts.
  RF005: 'QUOTA_EXCEEDED',
};

/**
 * One SQLSTATE for both ends of a foreign key: the row that is referred to is missing, or others still
 * refer to it. Only the text tells; on a server that speaks another language it stays the first.
 */
const STILL_REFERRED_TO = /^update or delete on table/;

/** What our own function says: its text holds no value of a row. */
const USED_UP = /^the quota ([a-z][a-z0-9_-]{0,31}) of (\d{1,19}) is used up$/;

/** Node and node-postgres ways of saying that the connection is gone. */
const CONNECTION_CODES = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ENOENT',
  'ENOTFOUND',
  'ETIMEDOUT',
]);
const CONNECTION_MESSAGE =
  /^(Connection terminated|Client has encountered a connection error|timeout exceeded when trying to connect)/;

/** How many wrappers around an error are looked through; a cause may lead back to itself. */
const MAX_WRAPPERS = 8;

/**
 * Turns an error of PostgreSQL or of its driver into one of the catalogue, also where a query builder
 * has wrapped it as the `cause` of its own (Drizzle does). The original becomes the `cause`: its
 * message, detail and hint may hold row values, so nothing of them is copied.
 *
 * @example
 * try { await pool.query(sql) } catch (error) { throw fromPostgres(error) }
 */
export function fromPostgres(error: unknown): RingfenceError {
  for (let at = error, depth = 0; depth < MAX_WRAPPERS; depth += 1) {
    if (at instanceof RingfenceError) return at;
    const known = codeOf(at);
    if (known) return new RingfenceError(known.code, { cause: error, ...known.detail });
    if (!(at instanceof Error && at.cause instanceof Error)) break;
    at = at.cause;
  }
  return new RingfenceError('INTERNAL', { cause: error });
}

interface Known {
  readonly code: ErrorCode;
  readonly detail?: Pick<RingfenceErrorOptions, 'detail' | 'quota'>;
}

function codeOf(error: unknown): Known | undefined {
  const { code, message } = (error ?? {}) as { code?: unknown; message?: unknown };
  if (typeof code === 'string') {
    const children = code === '23503' && STILL_REFERRED_TO.test(String(message));
    const known = children
      ? 'HAS_CHILDREN'
      : (BY_SQLSTATE[code] ?? (code.startsWith('08') ? 'DATABASE_UNAVAILABLE' : undefined));
    const [, name, allowed] = (code === 'RF005' && USED_UP.exec(String(message))) || [];
    const quota = name === undefined ? {} : { quota: { name, allowed: Number(allowed) } };
    if (known) return { code: known, detail: { detail: `SQLSTATE ${code}.`, ...quota } };
    if (CONNECTION_CODES.has(code)) return { code: 'DATABASE_UNAVAILABLE' };
  }
  const lost = typeof message === 'string' && CONNECTION_MESSAGE.test(message);
  return lost ? { code: 'DATABASE_UNAVAILABLE' } : undefined;
}
