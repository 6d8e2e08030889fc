import type { FastifyInstance } from 'fastify';
import { RingfenceError } from 'ringfence/errors';
import type { KnownRoutes } from './known-routes.js';

/**
 * Answers what no route answers, before a body is read: 405 with `Allow` for another method of a known
 * address, the methods themselves for OPTIONS, else 404. That an address is known is no secret: all of
 * them stand in /openapi.json.
 *
 * @see RFC 9110, 9.3.7 "OPTIONS" and 15.5.6 "405 Method Not Allowed"
 */
export function refuseUnknown(fastify: FastifyInstance, routes: KnownRoutes): void {
  fastify.addHook('preParsing', (request, reply, payload, done) => {
    if (!request.is404) return done(null, payload);
    const { method, url = '' } = request.raw;
    if (method === 'OPTIONS' && url === '*') {
      reply.code(204).send();
      return;
    }
    const methods = routes.methodsOf(url);
    if (methods.length === 0) return done(new RingfenceError('NOT_FOUND'));
    reply.header('allow', methods.join(', '));
    if (method !== 'OPTIONS') return done(new RingfenceError('METHOD_NOT_ALLOWED'));
    reply.code(204).send();
  });
}
