export { BodyLimit } from './body-limit.decorator.js';
export { EdgeModule } from './edge.module.js';
export { OpenConnections } from './open-connections.js';
export { ServerState } from './server-state.js';
export { SessionCookie } from './session-cookie/session-cookie.decorator.js';
export { type StopTimes, stopGracefully } from './stop-gracefully.js';
