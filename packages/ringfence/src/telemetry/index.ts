export { describeError, type ErrorDescription, placesOf } from './describe-error.js';
export { logRequests } from './log-requests.js';
export { networkPrefix } from './network-prefix.js';
export type { RecordedActor, RequestObserver, RequestRecord } from './request-record.js';
export { SECURITY_EVENTS } from './security-events.js';
