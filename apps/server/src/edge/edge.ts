import { DiscoveryService } from '@nestjs/core';
import type { FastifyAdapter, NestFastifyApplication } from '@nestjs/platform-fastify';
import { FASTIFY_OPTIONS, TENANCY_OPTIONS, type TenancyOptions } from 'ringfence/nest';
import type { RequestObserver } from 'ringfence/telemetry';
import type { ServerConfig } from '../config.js';
import { type DeclaredRoute, listRoutes } from '../openapi/index.js';
import { acceptJsonOnly } from './accept-json-only.js';
import { answerClientErrors, refuseTunnels } from './client-errors.js';
import { BODY_BYTES, connectionLimits, STRANGER_BODY_BYTES } from './connection-limits.js';
import { isHttps } from './is-https.js';
import { collectRoutes } from './known-routes.js';
import { OpenConnections } from './open-connections.js';
import { shareWithOrigins } from './origins/cors.js';
import { OriginRules } from './origins/origin-rules.js';
import { readBodyLate } from './read-body-late.js';
import { refuseUnknown } from './refuse-unknown.js';
import { limitRequests } from './request-limits.js';
import { addSecurityHeaders, type SecurityHeaders, securityHeaders } from './security-headers.js';
import { closeWhenDraining, ServerState } from './server-state.js';

/** Of http and http2 alike. */
interface AnyReply {
  headers(values: SecurityHeaders): unknown;
}

const headersFor = (config: ServerConfig) => securityHeaders({ https: isHttps(config) });

/**
 * Options for the Fastify adapter: limits of the connection, and answers to what never reaches a hook.
 *
 * @example
 * new FastifyAdapter({ ...edgeOptions(config, observers) })
 */
export function edgeOptions(config: ServerConfig, observers: readonly RequestObserver[]) {
  const headers = headersFor(config);
  return {
    ...connectionLimits(config),
    frameworkErrors: (error: Error, request: unknown, reply: AnyReply): void => {
      reply.headers(headers);
      FASTIFY_OPTIONS.frameworkErrors(error, request, reply);
    },
    clientErrorHandler: answerClientErrors(observers, headers),
  };
}

/**
 * Puts everything between the socket and the request path in place: docs/edge.md walks it. Call it once,
 * before any route is added.
 */
export function buildEdge(
  app: NestFastifyApplication,
  adapter: FastifyAdapter,
  config: ServerConfig,
  observers: readonly RequestObserver[],
): void {
  const fastify = adapter.getInstance();
  const headers = headersFor(config);
  app.get(OpenConnections).watch(fastify.server, config.MAX_CONNECTIONS);
  const declared = listRoutes(app.get(DiscoveryService, { strict: false }));
  const routes = collectRoutes(fastify, declared, bodyLimitOf);
  refuseTunnels(fastify.server, observers, headers);
  addSecurityHeaders(fastify, headers);
  closeWhenDraining(fastify, app.get(ServerState));
  limitRequests(fastify);
  shareWithOrigins(fastify, routes, () => app.get(OriginRules));
  refuseUnknown(fastify, routes);
  readBodyLate(fastify, () => app.get<TenancyOptions>(TENANCY_OPTIONS).verifier);
  acceptJsonOnly(fastify);
}

function bodyLimitOf({ access, bodyLimit = BODY_BYTES }: DeclaredRoute): number {
  return access.kind === 'public' ? STRANGER_BODY_BYTES : bodyLimit;
}
