export { connectionLimits } from './connection-limits.js';
export { LimitsModule } from './limits.module.js';
export { RATE_LIMITER, type ServerRateLimiter } from './rate-limiter.provider.js';
