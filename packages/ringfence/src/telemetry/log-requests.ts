import { CATALOGUE } from '../errors/index.js';
import type { EventLogger } from './event-logger.js';
import type { LogFields } from './log-fields.js';
import type { RequestObserver, RequestRecord } from './request-record.js';

/**
 * The observer that writes one line per request: `error` for a failure of our own, `warn` for a
 * security event, `info` for the rest. docs/observability.md lists its fields.
 */
export function logRequests(logger: EventLogger): RequestObserver {
  return {
    observe(record) {
      const line = requestLine(record);
      if (isFailure(record)) logger.error(line, 'request');
      else if (record.event) logger.warn(line, 'request');
      else logger.info(line, 'request');
    },
  };
}

function isFailure({ status, code }: RequestRecord): boolean {
  return (status ?? 0) >= 500 || (code !== undefined && CATALOGUE[code].status >= 500);
}

/** What the line holds: named one by one, so that a new field of the record is not logged by itself. */
function requestLine(record: RequestRecord): LogFields {
  const { event, evidence, actor, brokenOff, error, detail } = record;
  return {
    ...(event ? { event } : {}),
    ...evidence,
    requestId: record.requestId,
    traceId: record.traceId,
    tenantId: record.tenantId,
    actorKind: actor?.kind,
    actorId: actor?.id,
    method: record.method,
    route: record.route,
    status: record.status,
    durationMs: record.durationMs,
    code: record.code,
    ...(brokenOff ? { brokenOff } : {}),
    ...(error ? { error, detail } : {}),
  };
}
