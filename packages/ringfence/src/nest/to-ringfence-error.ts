import { HttpException } from '@nestjs/common';
import {
  type ErrorCode,
  type FieldError,
  fromPostgres,
  isRingfenceError,
  RingfenceError,
} from '../errors/index.js';

/** HTTP status of a foreign error → code of the catalogue. */
const BY_STATUS: Readonly<Record<number, ErrorCode>> = {
  401: 'AUTHENTICATION_REQUIRED',
  403: 'PERMISSION_DENIED',
  404: 'NOT_FOUND',
  405: 'METHOD_NOT_ALLOWED',
  409: 'CONFLICT',
  408: 'REQUEST_TIMEOUT',
  412: 'PRECONDITION_FAILED',
  413: 'BODY_TOO_LARGE',
  414: 'ADDRESS_TOO_LONG',
  415: 'UNSUPPORTED_MEDIA_TYPE',
  417: 'EXPECTATION_FAILED',
  429: 'RATE_LIMITED',
  431: 'HEADERS_TOO_LARGE',
  503: 'SERVICE_UNAVAILABLE',
};

/** Fastify's codes for a body or an address that it refuses; the first prefix that fits counts. */
const BY_FASTIFY_CODE: readonly (readonly [prefix: string, code: ErrorCode])[] = [
  ['FST_ERR_CTP_INVALID_MEDIA_TYPE', 'UNSUPPORTED_MEDIA_TYPE'],
  ['FST_ERR_CTP_BODY_TOO_LARGE', 'BODY_TOO_LARGE'],
  ['FST_ERR_CTP_', 'BODY_MALFORMED'],
  ['FST_ERR_BAD_URL', 'ADDRESS_MALFORMED'],
  ['FST_ERR_MAX_PARAM_LENGTH', 'ADDRESS_MALFORMED'],
  ['FST_ERR_HANDLER_TIMEOUT', 'HANDLER_TIMEOUT'],
];

/**
 * Turns whatever was thrown on the way of a request into one error of the catalogue. The original
 * becomes the `cause`; nothing of its message is copied, because it may hold anything.
 */
export function toRingfenceError(
  error: unknown,
  mapError?: (error: unknown) => RingfenceError | undefined,
): RingfenceError {
  if (isRingfenceError(error)) return error;
  if (error instanceof HttpException) return fromHttpException(error);
  const code = fromFastify(error);
  if (code) return new RingfenceError(code, { cause: error });
  try {
    return mapError?.(error) ?? fromPostgres(error);
  } catch (fault) {
    return new RingfenceError('INTERNAL', { cause: fault });
  }
}

function fromHttpException(error: HttpException): RingfenceError {
  if (isRingfenceError(error.cause)) return error.cause;
  const code =
    fromFastify(error.cause) ??
    BY_STATUS[error.getStatus()] ??
    (error.getStatus() < 500 ? 'VALIDATION_FAILED' : 'INTERNAL');
  const errors = code === 'VALIDATION_FAILED' ? fieldsOf(error) : [];
  return new RingfenceError(code, { cause: error, errors });
}

function fromFastify(error: unknown): ErrorCode | undefined {
  const { code, statusCode } = (error ?? {}) as { code?: unknown; statusCode?: unknown };
  if (typeof code !== 'string' || !code.startsWith('FST_')) return undefined;
  const known = BY_FASTIFY_CODE.find(([prefix]) => code.startsWith(prefix));
  return known?.[1] ?? (typeof statusCode === 'number' ? BY_STATUS[statusCode] : undefined);
}

/** The list `path: message` of Nest's own validation pipe: the path is kept, the message is not ours. */
function fieldsOf(error: HttpException): FieldError[] {
  const { message } = Object(error.getResponse()) as { message?: unknown };
  if (!Array.isArray(message)) return [];
  return message.slice(0, 20).flatMap((text) => {
    const path = /^([\w-]{1,64}(?:\.[\w-]{1,64}){0,9}): /.exec(String(text))?.[1];
    return path === undefined
      ? []
      : [{ pointer: `/${path.replaceAll('.', '/')}`, message: 'Not valid.' }];
  });
}
