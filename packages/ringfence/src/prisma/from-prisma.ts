import { CATALOGUE, type ErrorCode, fromPostgres, RingfenceError } from '../errors/index.js';

/** Prisma's code → code of the catalogue, where no SQLSTATE says more. */
const BY_CODE: Readonly<Record<string, ErrorCode>> = {
  P1000: 'DATABASE_UNAVAILABLE',
  P1001: 'DATABASE_UNAVAILABLE',
  P1002: 'DATABASE_UNAVAILABLE',
  P1003: 'DATABASE_UNAVAILABLE',
  P1008: 'DATABASE_UNAVAILABLE',
  P1010: 'DATABASE_UNAVAILABLE',
  P1011: 'DATABASE_UNAVAILABLE',
  P1017: 'DATABASE_UNAVAILABLE',
  P1018: 'TRANSACTION_CLOSED',
  P2000: 'VALIDATION_FAILED',
  P2002: 'ALREADY_EXISTS',
  P2003: 'REFERENCE_NOT_FOUND',
  P2005: 'VALIDATION_FAILED',
  P2006: 'VALIDATION_FAILED',
  P2007: 'VALIDATION_FAILED',
  P2009: 'VALIDATION_FAILED',
  P2011: 'VALIDATION_FAILED',
  P2012: 'VALIDATION_FAILED',
  P2013: 'VALIDATION_FAILED',
  P2014: 'CONFLICT',
  P2015: 'REFERENCE_NOT_FOUND',
  P2017: 'REFERENCE_NOT_FOUND',
  P2018: 'REFERENCE_NOT_FOUND',
  P2019: 'VALIDATION_FAILED',
  P2020: 'VALIDATION_FAILED',
  P2023: 'VALIDATION_FAILED',
  P2024: 'DATABASE_UNAVAILABLE',
  P2025: 'NOT_FOUND',
  P2028: 'TRANSACTION_CLOSED',
  P2033: 'VALIDATION_FAILED',
  P2034: 'SERIALIZATION_FAILURE',
  P2037: 'DATABASE_UNAVAILABLE',
};

/** Errors of Prisma without a code. By name: every copy of Prisma brings classes of its own. */
const BY_NAME: Readonly<Record<string, ErrorCode>> = {
  PrismaClientValidationError: 'VALIDATION_FAILED',
  PrismaClientInitializationError: 'DATABASE_UNAVAILABLE',
  // The driver's own, without a word of PostgreSQL: it is about the connection.
  DriverAdapterError: 'DATABASE_UNAVAILABLE',
};

const KNOWN_REQUEST_ERROR = 'PrismaClientKnownRequestError';

/** What is looked at of an error; any of it may be anything. */
interface ErrorLike {
  readonly name?: unknown;
  readonly message?: unknown;
  readonly code?: unknown;
  readonly clientVersion?: unknown;
  readonly meta?: Readonly<Record<string, unknown>>;
  readonly cause?: unknown;
}

/**
 * Turns an error that came out of a Prisma call into one of the catalogue. The original becomes the
 * `cause`; nothing of its text is copied, because it may hold values of rows.
 *
 * @returns `undefined` when the error is not Prisma's.
 * @see https://www.prisma.io/docs/orm/reference/error-reference
 * @example
 * try { await verb(prisma) } catch (error) { throw fromPrisma(error) ?? fromPostgres(error) }
 */
export function fromPrisma(error: unknown): RingfenceError | undefined {
  const own = ringfenceErrorIn(error);
  if (own) return own;
  const { name, code, clientVersion, meta } = asErrorLike(error);
  const named = BY_NAME[String(name)];
  // Prisma signs what passes through it, also an error of the driver that it does not know.
  if (named === undefined && clientVersion === undefined) return lostConnection(error);
  const said = whatPostgresSaid(meta?.driverAdapterError ?? error);
  const { code: heard, quota } = fromPostgres(said ?? error);
  const known =
    heard === 'INTERNAL' ? (codeOf(error) ?? (said ? 'INTERNAL' : named) ?? 'INTERNAL') : heard;
  const detail = typeof code === 'string' ? { detail: `Prisma ${code}.` } : {};
  return new RingfenceError(known, { cause: error, ...detail, ...(quota && { quota }) });
}

/** BEGIN and COMMIT let node-postgres' own complaint through, unsigned. */
function lostConnection(error: unknown): RingfenceError | undefined {
  const { code } = fromPostgres({ message: asErrorLike(error).message });
  return code === 'DATABASE_UNAVAILABLE' ? new RingfenceError(code, { cause: error }) : undefined;
}

/** An error of the library that is, or is inside, an error of Prisma. */
export function ringfenceErrorIn(error: unknown): RingfenceError | undefined {
  // Bounded, because a cause may lead back to itself.
  for (let at = error, depth = 0; at && depth < 8; depth += 1) {
    if (at instanceof RingfenceError) return at;
    const { name, code, meta, cause } = asErrorLike(at);
    if (name === KNOWN_REQUEST_ERROR && Object.hasOwn(CATALOGUE, String(code))) {
      return new RingfenceError(code as ErrorCode, { cause: error });
    }
    at = meta?.driverAdapterError ?? cause;
  }
  return undefined;
}

/** The code and message of PostgreSQL that a driver adapter's error keeps, if it spoke. */
function whatPostgresSaid(error: unknown): { code: unknown; message: unknown } | undefined {
  const { originalCode: code, originalMessage: message } = (asErrorLike(error).cause ?? {}) as {
    originalCode?: unknown;
    originalMessage?: unknown;
  };
  return code === undefined ? undefined : { code, message };
}

function codeOf(error: unknown): ErrorCode | undefined {
  const { code, meta, message } = asErrorLike(error);
  // One code for the row itself and for one that it was to be connected to.
  if (code === 'P2025' && meta && ('relation' in meta || 'expectedRows' in meta)) {
    return 'REFERENCE_NOT_FOUND';
  }
  // One code for a transaction that has ended and one that found no free connection.
  if (code === 'P2028' && /Unable to start a transaction/.test(String(message))) {
    return 'DATABASE_UNAVAILABLE';
  }
  return BY_CODE[String(code)];
}

function asErrorLike(error: unknown): ErrorLike {
  return typeof error === 'object' && error !== null ? error : {};
}
