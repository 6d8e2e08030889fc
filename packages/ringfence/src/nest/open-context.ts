import { runInFrame } from '../context/index.js';
import type { HttpHook } from './fastify-shape.js';
import { recordOf } from './request-record.js';

/** The Fastify hook `onRequest`, first half of station `open context`: the request gets its frame. */
export const openContext: HttpHook = (request, reply, done) => {
  const record = recordOf(request);
  reply.header('X-Request-Id', record.id);
  runInFrame(record.frame, done);
};

/**
 * The Fastify hook `preHandler`, second half: enters the frame again. Reading the body has gone
 * through the events of a socket, which belong to whoever used the connection first.
 */
export const reenterContext: HttpHook = (request, _reply, done) => {
  runInFrame(recordOf(request).frame, done);
};
