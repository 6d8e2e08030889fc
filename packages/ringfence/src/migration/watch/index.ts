export { type ActFeedOptions, followActs } from './act-feed.js';
export { ActPlace } from './act-place.js';
export { actEvent, webhookPlace } from './migration-webhooks.js';
export { readSnapshot } from './read-snapshot.js';
export { type Pace, RolloutPace } from './rollout-pace.js';
export type { RolloutSnapshot } from './rollout-snapshot.js';
export { type RolloutStreamOptions, rolloutStream } from './rollout-stream.js';
export { WATCH_COLUMNS, watchLines } from './watch-lines.js';
