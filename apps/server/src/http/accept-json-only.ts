import type { FastifyInstance } from 'fastify';

/**
 * Leaves JSON as the one kind of body: a form, which a foreign page could post, is answered with 415.
 * A body of no bytes is no body, so that a client may send DELETE with its usual headers; keys that
 * would reach a prototype are refused.
 */
export function acceptJsonOnly(fastify: FastifyInstance): void {
  const parse = fastify.getDefaultJsonParser('error', 'error');
  fastify.removeAllContentTypeParsers();
  fastify.addContentTypeParser<string>(
    'application/json',
    { parseAs: 'string' },
    (request, body, done) => {
      if (body === '') done(null, undefined);
      else parse(request, body, done);
    },
  );
}
