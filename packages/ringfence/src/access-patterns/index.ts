export type { AccessActor, AccessEvent } from './access-event.js';
export {
  AccessPatterns,
  type AccessPatternsLimits,
  type AccessPatternsOptions,
} from './access-patterns.js';
export type { AccessRule, AlertSeverity } from './access-rule.js';
export type { AccessSignal } from './access-signal.js';
export type { AccessCount, AccessStore, AccessTotal } from './access-store.js';
export { AccessWatch, type AccessWatchOptions } from './access-watch.js';
export { type Alert, type AlertEvidence, type NewAlert, PLATFORM } from './alert.js';
export { AlertBook, type AlertPosition, type TakenAlert } from './alert-book.js';
export { AlertCourier, type AlertCourierOptions, type CourierRound } from './alert-courier.js';
export { AlertFeed, type AlertFeedOptions, type FeedReader } from './alert-feed.js';
export { DEFAULT_RULES } from './default-rules.js';
export { type MemoryAccessStore, memoryAccessStore } from './memory-access-store.js';
export { observeAccess } from './observe-access.js';
export { type ProvingPool, postgresAccessStore } from './postgres-access-store.js';
export { checkTarget, type PostOutcome, type WebhookTarget } from './webhook-target.js';
