export { describeError, type ErrorDescription, placesOf } from './describe-error.js';
export {
  type EventLogger,
  type EventLoggerOptions,
  eventLogger,
  type LogSink,
} from './event-logger.js';
export { allowedFields, LOG_FIELDS, type LogFields, type LoggedAccount } from './log-fields.js';
export { logRequests } from './log-requests.js';
export { networkPrefix } from './network-prefix.js';
export type { RecordedActor, RequestObserver, RequestRecord } from './request-record.js';
export type { RequestSpan, RequestTracing, WorkTracing } from './request-tracing.js';
export { SECURITY_EVENTS } from './security-events.js';
export type { StatementObserver, StatementOperation, StatementRecord } from './statement-record.js';
export { statusClass } from './status-class.js';
export { type TenantCount, TenantTraffic, type TenantTrafficOptions } from './tenant-traffic.js';
