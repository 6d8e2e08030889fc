import { runInFrame } from '../context/index.js';
import type { HttpReply, HttpRequest } from './fastify-shape.js';
import { recordOf } from './request-record.js';

/** The Fastify hook `onRequest`, first half of station `open context`: the request gets its record. */
export function openContext(request: HttpRequest, reply: HttpReply, done: () => void): void {
  const record = recordOf(request);
  record.opened = true;
  reply.header('X-Request-Id', record.id);
  runInFrame(record.frame, done);
}

/**
 * The Fastify hook `preHandler`, second half: enters the frame again. Reading the body has gone
 * through the events of a socket, which belong to whoever used the connection first.
 */
export function reenterContext(request: HttpRequest, _reply: HttpReply, done: () => void): void {
  runInFrame(recordOf(request).frame, done);
}
