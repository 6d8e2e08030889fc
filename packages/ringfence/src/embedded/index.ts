export type { EmbeddedServer, EmbeddedServerOptions } from './embedded-server.js';
export { startEmbeddedServer } from './start-embedded-server.js';
