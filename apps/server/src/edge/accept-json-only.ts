import type { FastifyInstance, FastifyRequest } from 'fastify';
import { RingfenceError } from 'ringfence/errors';
import { isDeeperThan, JSON_DEPTH } from './json-depth.js';

/**
 * Leaves JSON as the one kind of body: a form, which a foreign page could post, is answered with 415.
 * A body of no bytes is no body, so that a client may send DELETE with its usual headers; keys that
 * would reach a prototype are refused, and so are bodies that are compressed or nested too deeply.
 */
export function acceptJsonOnly(fastify: FastifyInstance): void {
  const parse = fastify.getDefaultJsonParser('error', 'error');
  fastify.removeAllContentTypeParsers();
  fastify.addContentTypeParser<Buffer>(
    'application/json',
    { parseAs: 'buffer' },
    (request, body, done) => {
      if (body.length === 0) return done(null, undefined);
      if (!isPlainUtf8(request)) return done(new RingfenceError('UNSUPPORTED_MEDIA_TYPE'));
      if (isDeeperThan(body, JSON_DEPTH)) return done(new RingfenceError('BODY_MALFORMED'));
      const text = readUtf8(body);
      if (text === undefined) return done(new RingfenceError('BODY_MALFORMED'));
      return parse(request, text, done);
    },
  );
}

const CHARSET = /;\s*charset\s*=\s*"?([^\s;"]*)/i;

function isPlainUtf8({ headers }: FastifyRequest): boolean {
  const coding = headers['content-encoding']?.trim().toLowerCase() ?? 'identity';
  const charset = CHARSET.exec(headers['content-type'] ?? '')?.[1]?.toLowerCase() ?? 'utf-8';
  return coding === 'identity' && (charset === 'utf-8' || charset === 'utf8');
}

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: false });

/** JSON is UTF-8 (RFC 8259, 8.1); anything else would be stored as something else than was sent. */
function readUtf8(body: Buffer): string | undefined {
  try {
    return UTF8.decode(body);
  } catch {
    return undefined;
  }
}
