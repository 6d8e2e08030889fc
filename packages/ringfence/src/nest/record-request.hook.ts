import type { IncomingMessage, ServerResponse } from 'node:http';
import { finished } from 'node:stream';
import { Inject, Injectable } from '@nestjs/common';
import type { ErrorCode } from '../errors/index.js';
import { describeError } from './describe-error.js';
import type { HttpReply, HttpRequest } from './fastify-shape.js';
import { recordOf } from './request-record.js';
import { TENANCY_OPTIONS, type TenancyOptions } from './tenancy-options.js';

/** Codes that somebody should look into: each is an attack, or a defect in the isolation. */
const SECURITY_EVENTS: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'TENANT_SOURCES_DISAGREE',
  'TOKEN_INVALID',
  'EGRESS_VIOLATION',
  'ISOLATION_VIOLATION',
  'TENANT_CONTEXT_MISMATCH',
  'TENANT_CONTEXT_NESTED',
  'TENANT_SWITCH_IN_TRANSACTION',
]);

/**
 * Station `record request`: one line per request, whoever ended it. It holds ids, the route's pattern
 * and codes; never an address, a header, a body, or the message of an error.
 */
@Injectable()
export class RecordRequestHook {
  constructor(@Inject(TENANCY_OPTIONS) private readonly options: TenancyOptions) {}

  /** The Fastify hook `onResponse`. */
  onResponse(request: HttpRequest, reply: HttpReply): void {
    this.#write(request, reply.raw, request.routeOptions?.url, reply.elapsedTime);
  }

  /** For a request that no hook will see. */
  recordOnClose(request: HttpRequest | IncomingMessage, response: ServerResponse): void {
    const start = performance.now();
    recordOf(request).opened = true;
    // Answered or broken off: both are an end.
    finished(response, () => {
      this.#write(request, response, undefined, performance.now() - start);
    });
  }

  #write(
    request: HttpRequest | IncomingMessage,
    response: ServerResponse,
    route: string | undefined,
    milliseconds: number,
  ): void {
    const record = recordOf(request);
    const { error } = record;
    const { tenant } = record.frame;
    const status = response.statusCode;
    const failed = status >= 500 || (error !== undefined && error.status >= 500);
    const event = error && SECURITY_EVENTS.has(error.code) ? error.code : undefined;
    const line = {
      ...(event ? { event, ...record.evidence } : {}),
      requestId: record.id,
      tenantId: tenant?.tenantId,
      actorKind: tenant?.actor.kind,
      method: ('raw' in request ? request.raw : request).method,
      route: route ?? null,
      status,
      durationMs: Math.round(milliseconds * 100) / 100,
      code: error?.code,
      ...(failed && error ? { error: describeError(error), detail: error.detail } : {}),
    };
    if (failed) this.options.logger.error(line, 'request');
    else if (event) this.options.logger.warn(line, 'request');
    else this.options.logger.info(line, 'request');
  }
}
