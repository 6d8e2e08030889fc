import type { IncomingMessage, Server } from 'node:http';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { RingfenceError } from 'ringfence/errors';
import { authenticateRequest, type TokenVerifier } from 'ringfence/nest';

/** Requests whose sender holds the body back until we say `100 Continue`. */
const waiting = new WeakSet<IncomingMessage>();

/** How much of a refused body is thrown away, and for how long, before the answer is sent. */
const DRAIN_BYTES = 1024 * 1024;
const DRAIN_MS = 1000;

/**
 * Reads a body only after what can be known without it: that its route is no stranger's and the token is
 * good, and that it is not too long. A stranger can make nobody parse more than credentials.
 *
 * What is refused earlier is thrown away up to a megabyte: an answer on a connection that is closed while
 * the other side still sends may never be read (RFC 9112, 9.6).
 *
 * @param verifier asked lazily: the application is not complete when this is called.
 */
export function readBodyLate(fastify: FastifyInstance, verifier: () => TokenVerifier): void {
  answerExpectations(fastify.server);
  fastify.addHook('preParsing', async (request, reply) => {
    const { raw, routeOptions } = request;
    if (!hasBody(raw)) return;
    if (routeOptions.config.access !== 'public') await authenticateRequest(request, verifier());
    if (Number(raw.headers['content-length']) > (routeOptions.bodyLimit ?? 0)) {
      throw new RingfenceError('BODY_TOO_LARGE');
    }
    if (waiting.delete(raw)) reply.raw.writeContinue();
  });
  fastify.addHook('onSend', async (request, reply) => {
    if (reply.statusCode < 400 || !isArriving(request)) return;
    if (!(await drain(request.raw))) reply.header('connection', 'close');
  });
}

/** Lets the hook above decide before Node says `100 Continue` (or refuses) by itself. */
function answerExpectations(server: Server): void {
  server.on('checkContinue', (request, response) => {
    waiting.add(request);
    server.emit('request', request, response);
  });
  server.on('checkExpectation', (request, response) => {
    server.emit('request', request, response);
  });
}

function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}

function isArriving({ raw }: FastifyRequest): boolean {
  const ended = raw.complete || raw.readableEnded;
  return hasBody(raw) && !ended && !raw.destroyed && !waiting.has(raw);
}

/** Throws away what still arrives; `false` when that is too much or takes too long. */
function drain(raw: IncomingMessage): Promise<boolean> {
  return new Promise((resolve) => {
    let bytes = 0;
    const settle = (whole: boolean) => (): void => {
      clearTimeout(timer);
      raw.off('data', count).off('end', ended).off('close', broken);
      resolve(whole);
    };
    const [ended, broken] = [settle(true), settle(false)];
    const count = (chunk: Buffer): void => {
      bytes += chunk.length;
      if (bytes > DRAIN_BYTES) broken();
    };
    const timer = setTimeout(broken, DRAIN_MS);
    raw.on('data', count).once('end', ended).once('close', broken);
    raw.resume();
  });
}
