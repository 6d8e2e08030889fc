import { currentFrame } from '../context/index.js';
import { allowedFields, type LogFields } from './log-fields.js';

/** How code of the library and of features writes a log: named fields, and a sentence of its own. */
export interface EventLogger {
  info(fields: LogFields, message: string): void;
  warn(fields: LogFields, message: string): void;
  error(fields: LogFields, message: string): void;
}

/** Where lines go at last; a pino logger is one. */
export interface LogSink {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** What an {@link eventLogger} adds to lines. */
export interface EventLoggerOptions {
  /** The trace that the running work is recorded in. */
  readonly traceId?: () => string | undefined;
}

const made = new WeakSet<object>();

/**
 * Writes lines to a sink by the allow-list of {@link LogFields}, and adds whose work it is: request,
 * trace, tenant and actor of the running context, where the line does not say it itself.
 *
 * The message must be a sentence of the code and hold no value; a test walks the code for that.
 *
 * @example
 * const logger = eventLogger(pino());
 * logger.warn({ event: 'log_in_refused', userId }, 'A log-in was refused.');
 */
export function eventLogger(
  sink: LogSink,
  { traceId = () => undefined }: EventLoggerOptions = {},
): EventLogger {
  if (made.has(sink)) return sink;
  const fieldsOf = (fields: LogFields): object =>
    allowedFields({ ...contextFields(fields, traceId), ...fields });
  const logger: EventLogger = {
    info: (fields, message) => sink.info(fieldsOf(fields), message),
    warn: (fields, message) => sink.warn(fieldsOf(fields), message),
    error: (fields, message) => sink.error(fieldsOf(fields), message),
  };
  made.add(logger);
  return logger;
}

function contextFields(given: LogFields, traceId: () => string | undefined): LogFields {
  // The line of a request says all of this itself, and is written from anybody's context.
  if ('requestId' in given) return {};
  const frame = currentFrame();
  const trace = traceId();
  const actor = frame?.tenant?.actor;
  return {
    ...(frame?.requestId && { requestId: frame.requestId }),
    ...(trace && { traceId: trace }),
    ...(frame?.tenant && { tenantId: frame.tenant.tenantId }),
    ...(actor && { actorKind: actor.kind }),
    ...(actor && 'id' in actor && { actorId: actor.id }),
  };
}
