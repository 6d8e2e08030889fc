import type { IncomingMessage } from 'node:http';
import type { FastifyInstance } from 'fastify';
import { type ErrorCode, RingfenceError } from 'ringfence/errors';
import { ADDRESS_CHARACTERS, HEADER_COUNT } from './connection-limits.js';

/**
 * Refuses requests whose frame is wrong, before their body is read. Node leaves headers away silently
 * after the two-thousandth, so they are counted here, far below.
 *
 * @see RFC 9110, 10.1.1 "Expect"; RFC 9112, 3.2 "Request Target"
 */
export function limitRequests(fastify: FastifyInstance): void {
  fastify.addHook('preParsing', (request, _reply, payload, done) => {
    const code = faultOf(request.raw);
    if (code) done(new RingfenceError(code));
    else done(null, payload);
  });
}

function faultOf({ url = '', rawHeaders, headers, httpVersion }: IncomingMessage) {
  const fault = (code: ErrorCode): ErrorCode => code;
  if (url.length > ADDRESS_CHARACTERS) return fault('ADDRESS_TOO_LONG');
  if (rawHeaders.length > 2 * HEADER_COUNT) return fault('HEADERS_TOO_LARGE');
  if (httpVersion === '1.1' && !isOneHost(rawHeaders)) return fault('REQUEST_MALFORMED');
  const { expect } = headers;
  if (expect !== undefined && expect.toLowerCase() !== '100-continue') {
    return fault('EXPECTATION_FAILED');
  }
  return undefined;
}

/** One Host header is a must; which of two would count is anybody's guess. */
function isOneHost(rawHeaders: readonly string[]): boolean {
  const isName = (_: string, at: number): boolean => at % 2 === 0;
  return rawHeaders.filter(isName).filter((name) => name.toLowerCase() === 'host').length === 1;
}
