import { randomUUID } from 'node:crypto';
import { type IncomingMessage, type Server, type ServerResponse, STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { CATALOGUE, type ErrorCode, RingfenceError } from 'ringfence/errors';
import { PROBLEM_TYPE, problemDocument } from 'ringfence/nest';
import type { RequestObserver } from 'ringfence/telemetry';
import { ADDRESS_CHARACTERS } from './connection-limits.js';
import type { SecurityHeaders } from './security-headers.js';

/** Node's and llhttp's codes for what is no request; anything else is malformed. */
const BY_NODE_CODE: Readonly<Record<string, ErrorCode>> = {
  ERR_HTTP_REQUEST_TIMEOUT: 'REQUEST_TIMEOUT',
  HPE_HEADER_OVERFLOW: 'HEADERS_TOO_LARGE',
  HPE_CHUNK_EXTENSIONS_OVERFLOW: 'BODY_TOO_LARGE',
};

/** For how long the other side may take to read the answer before the connection is cut. */
const GOODBYE_MS = 1000;

const ADDRESS = /^[A-Z]+ \S*/;

type ClientError = Error & { readonly code?: string; readonly rawPacket?: unknown };
type HttpSocket = Socket & { readonly _httpMessage?: ServerResponse & { req: IncomingMessage } };

/**
 * Answers what never became a request (a malformed line, headers that are too long or too slow) with a
 * problem document like any other, makes a record of it, and closes the connection: where the next
 * request begins is unknown.
 *
 * @example
 * new FastifyAdapter({ clientErrorHandler: answerClientErrors(observers, headers) })
 */
export function answerClientErrors(
  observers: readonly RequestObserver[],
  headers: SecurityHeaders,
) {
  const seen = new WeakSet<Socket>();
  return (error: ClientError, socket: HttpSocket): void => {
    // What follows on a connection that is being closed says nothing new.
    if (seen.has(socket)) return;
    seen.add(socket);
    const underWay = socket._httpMessage;
    // The other side is gone, or is being answered already: whatever we add would be read as a part, or
    // in the place, of that answer.
    const answered = underWay && (underWay.headersSent || underWay.req.complete);
    if (error.code === 'ECONNRESET' || !socket.writable || answered) {
      socket.destroy();
      return;
    }
    const requestId = randomUUID();
    const code = codeOf(error);
    socket.end(answer(code, requestId, headers));
    setTimeout(() => socket.destroy(), GOODBYE_MS).unref();
    tell(observers, code, requestId);
  };
}

/** Answers CONNECT, for which Node would drop the connection without a word. */
export function refuseTunnels(
  server: Server,
  observers: readonly RequestObserver[],
  headers: SecurityHeaders,
): void {
  server.on('connect', (_request, socket) => {
    const requestId = randomUUID();
    const allow = { ...headers, allow: 'GET, HEAD, OPTIONS' };
    socket.on('error', () => undefined);
    socket.end(answer('METHOD_NOT_ALLOWED', requestId, allow));
    tell(observers, 'METHOD_NOT_ALLOWED', requestId);
  });
}

/** Makes the record of what never became a request. */
function tell(observers: readonly RequestObserver[], code: ErrorCode, requestId: string): void {
  const { status } = CATALOGUE[code];
  const startedAt = Date.now();
  const record = {
    requestId,
    route: null,
    status,
    code,
    brokenOff: false,
    startedAt,
    durationMs: 0,
  };
  for (const observer of observers) observer.observe(record);
}

function codeOf({ code = '', rawPacket }: ClientError): ErrorCode {
  const known = BY_NODE_CODE[code] ?? 'REQUEST_MALFORMED';
  if (known !== 'HEADERS_TOO_LARGE' || !Buffer.isBuffer(rawPacket)) return known;
  // Node counts the request line with the headers.
  const address = ADDRESS.exec(rawPacket.toString('latin1'))?.[0] ?? '';
  return address.length > ADDRESS_CHARACTERS ? 'ADDRESS_TOO_LONG' : known;
}

function answer(code: ErrorCode, requestId: string, headers: SecurityHeaders): string {
  const body = JSON.stringify(problemDocument(new RingfenceError(code), requestId));
  const { status } = CATALOGUE[code];
  const all = {
    ...headers,
    'x-request-id': requestId,
    'content-type': PROBLEM_TYPE,
    'content-length': Buffer.byteLength(body),
    date: new Date().toUTCString(),
    connection: 'close',
  };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${lines.join('')}\r\n${body}`;
}
