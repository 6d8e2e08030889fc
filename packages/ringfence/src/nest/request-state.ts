import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { ExecutionContext } from '@nestjs/common';
import { type Frame, newFrame, type TenantContext } from '../context/index.js';
import { RingfenceError } from '../errors/index.js';
import type { RequestSpan } from '../telemetry/index.js';
import type { HttpReply, HttpRequest } from './fastify-shape.js';
import type { VerifiedToken } from './tenancy-options.js';

/** What is known of one request while it lasts. */
export interface RequestState {
  /** Ours, never the client's: it goes into logs, problems and the response header. */
  readonly id: string;
  /** The frame that the guard fills and that everything of this request runs in. */
  readonly frame: Frame;
  readonly startedAt: number;
  /** Will `record request` be told when the response is done? */
  watched: boolean;
  token: VerifiedToken | undefined;
  /** Whose tenant it is, as the token says it: not yet in the frame, so that nothing works in it. */
  resolved: TenantContext | undefined;
  error: RingfenceError | undefined;
  /** Names and tenant ids that explain a security event; never what a client sent. */
  evidence: Readonly<Record<string, string>> | undefined;
  /** Entities of tenants that the egress check has counted in the answer. */
  rows: number | undefined;
  /** The network that it comes from, where an observer wants to know. */
  network: string | undefined;
  /** Where requests are traced. */
  span: RequestSpan | undefined;
  /** The body that the egress check has passed. */
  checkedBody: unknown;
  /** The route has said why it names other tenants. */
  egressExempt: boolean;
}

const records = new WeakMap<IncomingMessage, RequestState>();

/**
 * The record of a request, made at the first question: a request that dies before any hook (malformed
 * address) has one too. Held by the raw request, because AsyncLocalStorage can be lost on the way.
 */
export function recordOf(request: HttpRequest | IncomingMessage): RequestState {
  const raw = 'raw' in request ? request.raw : request;
  const known = records.get(raw);
  if (known) return known;
  const id = randomUUID();
  const record: RequestState = {
    id,
    frame: newFrame(undefined, id),
    startedAt: performance.now(),
    watched: false,
    token: undefined,
    resolved: undefined,
    error: undefined,
    evidence: undefined,
    rows: undefined,
    network: undefined,
    span: undefined,
    checkedBody: undefined,
    egressExempt: false,
  };
  records.set(raw, record);
  return record;
}

/**
 * Request, reply and record behind a Nest execution context.
 *
 * @throws RingfenceError `CONFIGURATION_INVALID` for anything but HTTP: the request path is HTTP's.
 */
export function httpOf(context: ExecutionContext): {
  request: HttpRequest;
  reply: HttpReply;
  record: RequestState;
} {
  if (context.getType() !== 'http') {
    throw new RingfenceError('CONFIGURATION_INVALID', {
      detail: 'The request path guards HTTP only.',
    });
  }
  const http = context.switchToHttp();
  const request = http.getRequest<HttpRequest>();
  return { request, reply: http.getResponse<HttpReply>(), record: recordOf(request) };
}
