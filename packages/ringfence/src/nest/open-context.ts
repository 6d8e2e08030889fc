import { runInFrame } from '../context/index.js';
import type { HttpHook } from './fastify-shape.js';
import { type RequestState, recordOf } from './request-state.js';

/** The Fastify hook `onRequest`, first half of station `open context`: the request gets its frame. */
export const openContext: HttpHook = (request, reply, done) => {
  const record = recordOf(request);
  reply.header('X-Request-Id', record.id);
  enter(record, done);
};

/**
 * The Fastify hook `preHandler`, second half: enters the frame again. Between the two stand body
 * parsers and hooks of the application, and one that goes on from a shared queue or socket loses the
 * frame, or goes on in somebody else's.
 */
export const reenterContext: HttpHook = (request, _reply, done) => {
  enter(recordOf(request), done);
};

function enter({ frame, span }: RequestState, done: () => void): void {
  if (span) span.run(() => runInFrame(frame, done));
  else runInFrame(frame, done);
}
