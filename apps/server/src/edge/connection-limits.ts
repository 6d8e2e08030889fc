import type { ServerConfig } from '../config.js';

/** The longest credentials in JSON, every character escaped, and some room. */
export const STRANGER_BODY_BYTES = 16 * 1024;

/** What any other route reads of a body, unless it says otherwise with `@BodyLimit`. */
export const BODY_BYTES = 64 * 1024;

/** Headers with the request line, together; Node counts. */
export const HEADER_BYTES = 16 * 1024;
export const HEADER_COUNT = 100;
export const ADDRESS_CHARACTERS = 8 * 1024;

/** Longer than the 60 s for which load balancers keep a connection: they close it, and lose nothing. */
export const KEEP_ALIVE_TIMEOUT_MS = 65_000;

/**
 * Options for the Fastify adapter, which has hardly any such limits by itself.
 *
 * - A request that is sent too slowly is answered 408. Node looks once a second; by default it looks
 *   twice a minute.
 * - A handler that is stuck is answered for, with 503.
 * - A connection on which nothing moves while there is something to send or read is closed.
 *
 * @see docs/edge.md
 */
export function connectionLimits(config: ServerConfig) {
  return {
    bodyLimit: BODY_BYTES,
    requestTimeout: config.REQUEST_TIMEOUT_SECONDS * 1000,
    handlerTimeout: config.HANDLER_TIMEOUT_SECONDS * 1000,
    connectionTimeout: 60_000,
    keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
    // A request that came in time is answered, also while we stop: see stop-gracefully.ts.
    return503OnClosing: false,
    http: {
      // Never later than the whole request: Node would take that for a mistake.
      headersTimeout: Math.min(10, config.REQUEST_TIMEOUT_SECONDS) * 1000,
      connectionsCheckingInterval: 1000,
      maxHeaderSize: HEADER_BYTES,
      // Node would answer with an empty 400; request-limits.ts answers with a problem document.
      requireHostHeader: false,
    },
  };
}
