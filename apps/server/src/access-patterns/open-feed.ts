import type { FastifyReply, FastifyRequest } from 'fastify';
import type { AlertFeed, FeedReader } from 'ringfence/access-patterns';
import { RingfenceError } from 'ringfence/errors';

/**
 * Answers with a stream of alerts, past Nest and Fastify, which would wait for its end.
 *
 * @throws RingfenceError `VALIDATION_FAILED` for somebody who does not say that a stream is wanted: it
 *   would wait for an answer that never ends.
 */
export async function openFeed(
  feed: AlertFeed,
  reader: FeedReader,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<void> {
  if (!String(request.headers.accept).includes('text/event-stream') || request.method === 'HEAD') {
    throw new RingfenceError('VALIDATION_FAILED', {
      errors: [{ pointer: '/header/accept', message: 'must be text/event-stream' }],
    });
  }
  for (const [name, value] of Object.entries(reply.getHeaders())) {
    if (value !== undefined) reply.raw.setHeader(name, value);
  }
  reply.hijack();
  await feed.open(reader, request.raw, reply.raw);
}
