import type { IncomingMessage, ServerResponse } from 'node:http';
import { finished } from 'node:stream';
import { Inject, Injectable } from '@nestjs/common';
import type { ErrorCode } from '../errors/index.js';
import { describeError } from './describe-error.js';
import type { HttpRequest } from './fastify-shape.js';
import { recordOf } from './request-record.js';
import { TENANCY_OPTIONS, type TenancyOptions } from './tenancy-options.js';

/** Codes that somebody should look into: each is an attack, or a defect in the isolation. */
const SECURITY_EVENTS: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'TENANT_SOURCES_DISAGREE',
  'TOKEN_INVALID',
  'ACCESS_WITHDRAWN',
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
export class RecordRequest {
  constructor(@Inject(TENANCY_OPTIONS) private readonly options: TenancyOptions) {}

  /**
   * Writes the line when the response is done. Fastify's `onResponse` would miss responses that broke
   * off, and requests whose address the router refused.
   */
  watch(request: HttpRequest | IncomingMessage, response: ServerResponse): void {
    const record = recordOf(request);
    if (record.watched) return;
    record.watched = true;
    const { socket } = 'raw' in request ? request.raw : request;
    finished(response, (fault) => {
      // Node calls an answer finished that was written after its connection had been destroyed.
      const intoNothing = socket.destroyed && !socket.writableFinished;
      this.#write(request, response, fault !== undefined || intoNothing);
    });
  }

  #write(
    request: HttpRequest | IncomingMessage,
    response: ServerResponse,
    brokenOff: boolean,
  ): void {
    const record = recordOf(request);
    const { error } = record;
    const { tenant } = record.frame;
    const status = response.statusCode;
    const failed = status >= 500 || (error !== undefined && error.status >= 500);
    const event = error && SECURITY_EVENTS.has(error.code) ? error.code : undefined;
    const [method, route] =
      'raw' in request ? [request.raw.method, request.routeOptions?.url] : [request.method];
    const line = {
      ...(event ? { event } : {}),
      ...record.evidence,
      requestId: record.id,
      tenantId: tenant?.tenantId,
      actorKind: tenant?.actor.kind,
      actorId: tenant && 'id' in tenant.actor ? tenant.actor.id : undefined,
      method,
      route: route ?? null,
      // Broken off before anything was answered.
      status: response.headersSent ? status : null,
      durationMs: Math.round((performance.now() - record.startedAt) * 100) / 100,
      code: error?.code,
      ...(brokenOff ? { brokenOff } : {}),
      ...(failed && error ? { error: describeError(error), detail: error.detail } : {}),
    };
    if (failed) this.options.logger.error(line, 'request');
    else if (event) this.options.logger.warn(line, 'request');
    else this.options.logger.info(line, 'request');
  }
}
