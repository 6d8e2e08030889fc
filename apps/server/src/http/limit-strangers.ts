import type { FastifyInstance } from 'fastify';

/** The longest credentials in JSON, every character escaped, and some room. */
const CREDENTIALS_LIMIT_BYTES = 16 * 1024;

/**
 * Options for the Fastify adapter, which has no such limits by itself: for how long somebody may take
 * to send a request, and for how long a connection may stand still while there is something to send or
 * to read. Longer than any answer takes: the longest wait is that for a password (about 15 s).
 */
export const CONNECTION_LIMITS = { requestTimeout: 60_000, connectionTimeout: 60_000 } as const;

/**
 * Lets the routes of strangers read small bodies only: a megabyte of nested JSON keeps the one thread
 * busy for half a second, and nobody would know who sent it. Call it before any route is added.
 */
export function limitStrangers(fastify: FastifyInstance): void {
  fastify.addHook('onRoute', (route) => {
    if (route.url.startsWith('/auth/')) route.bodyLimit = CREDENTIALS_LIMIT_BYTES;
  });
}
