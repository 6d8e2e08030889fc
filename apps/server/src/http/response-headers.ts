import type { FastifyInstance } from 'fastify';

/**
 * Adds what every response carries. A resource may be kept by the browser that asked and is checked
 * by its ETag each time; anything else is kept by nobody: a shared cache must not answer one tenant
 * with what another one read.
 *
 * @see RFC 9111, 5.2.2 "Response Directives"
 */
export function addResponseHeaders(fastify: FastifyInstance): void {
  fastify.addHook('onSend', async (request, reply) => {
    reply.header('x-content-type-options', 'nosniff');
    if (reply.hasHeader('cache-control')) return;
    const revalidates = request.method === 'GET' && reply.hasHeader('etag');
    reply.header('cache-control', revalidates ? 'private, no-cache' : 'no-store');
    if (revalidates) reply.header('vary', 'authorization');
  });
}
