import { createHash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { finished } from 'node:stream';
import { Inject, Injectable } from '@nestjs/common';
import { type Actor, roleOf } from '../context/index.js';
import {
  describeError,
  logRequests,
  networkPrefix,
  type RecordedActor,
  type RequestObserver,
  type RequestRecord,
  SECURITY_EVENTS,
} from '../telemetry/index.js';
import type { HttpRequest } from './fastify-shape.js';
import { type RequestState, recordOf } from './request-state.js';
import { TENANCY_OPTIONS, type TenancyOptions } from './tenancy-options.js';

/**
 * Station `record request`: one record per request, whoever ended it, for the log line and every
 * observer of the options. It holds ids, the route's pattern, codes and numbers; never an address, a
 * header, a body, or the message of an error.
 */
@Injectable()
export class RecordRequest {
  readonly #observers: readonly RequestObserver[];

  constructor(@Inject(TENANCY_OPTIONS) private readonly options: TenancyOptions) {
    this.#observers = [logRequests(options.logger), ...(options.observers ?? [])];
  }

  /**
   * Makes the record when the response is done. Fastify's `onResponse` would miss responses that broke
   * off, and requests whose address the router refused.
   */
  watch(request: HttpRequest | IncomingMessage, response: ServerResponse): void {
    const state = recordOf(request);
    if (state.watched) return;
    state.watched = true;
    const raw = 'raw' in request ? request.raw : request;
    state.span = this.options.tracing?.begin(raw);
    if (this.options.observers) state.network = networkPrefix(this.#addressOf(raw));
    const { socket } = raw;
    finished(response, (fault) => {
      // Node calls an answer finished that was written after its connection had been destroyed.
      const whole = fault === undefined && (socket.writableFinished || !socket.destroyed);
      const record = recordFor(state, request, response, !whole);
      state.span?.end(record);
      this.observe(this.options.observers ? this.#forObservers(record, state, raw) : record);
    });
  }

  /** Hands a record to every observer; for what never came as far as a request, its maker calls it. */
  observe(record: RequestRecord): void {
    for (const observer of this.#observers) {
      try {
        observer.observe(record);
      } catch (error) {
        this.options.logger.error(
          { requestId: record.requestId, error: describeError(error) },
          'An observer of requests failed.',
        );
      }
    }
  }

  /** What the log line does without. */
  #forObservers(
    record: RequestRecord,
    { frame }: RequestState,
    raw: IncomingMessage,
  ): RequestRecord {
    const { privileged = isAdmin } = this.options;
    const acting = frame.tenant?.actor;
    const { actor, route } = record;
    return {
      ...record,
      ...(route?.includes(':') && { target: digestOf(raw.url ?? '') }),
      ...(actor && acting && privileged(acting) && { actor: { ...actor, privileged: true } }),
    };
  }

  #addressOf(raw: IncomingMessage): string | undefined {
    const { clientAddress } = this.options;
    return clientAddress ? clientAddress(raw) : raw.socket.remoteAddress;
  }
}

function recordFor(
  state: RequestState,
  request: HttpRequest | IncomingMessage,
  response: ServerResponse,
  brokenOff: boolean,
): RequestRecord {
  const { error, token, evidence, rows, network } = state;
  const { tenant } = state.frame;
  const durationMs = Math.round((performance.now() - state.startedAt) * 100) / 100;
  const { method } = 'raw' in request ? request.raw : request;
  return {
    requestId: state.id,
    ...(state.span?.traceId !== undefined && { traceId: state.span.traceId }),
    ...(tenant && { tenantId: tenant.tenantId, actor: recordedActor(tenant.actor) }),
    ...(token && { token: { tenantId: token.tenantId, actor: recordedActor(token.actor) } }),
    ...(method !== undefined && { method }),
    route: ('raw' in request ? request.routeOptions?.url : undefined) ?? null,
    // Broken off before anything was answered.
    status: response.headersSent ? response.statusCode : null,
    ...(error && { code: error.code }),
    ...(error && SECURITY_EVENTS.has(error.code) && { event: error.code }),
    ...(evidence && { evidence }),
    brokenOff,
    startedAt: Math.round(performance.timeOrigin + state.startedAt),
    durationMs,
    ...(rows !== undefined && { rows }),
    ...(network !== undefined && { network }),
    ...(error && error.status >= 500 && { error: describeError(error), detail: error.detail }),
  };
}

function recordedActor(actor: Actor): RecordedActor {
  return 'id' in actor ? { kind: actor.kind, id: actor.id } : { kind: actor.kind };
}

function isAdmin(actor: Actor): boolean {
  const role = roleOf(actor);
  return role === 'owner' || role === 'admin';
}

function digestOf(address: string): string {
  const [path = ''] = address.split('?', 1);
  return createHash('sha256').update(path).digest('base64url').slice(0, 16);
}
