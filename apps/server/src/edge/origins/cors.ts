import type { IncomingMessage } from 'node:http';
import type { FastifyInstance, FastifyReply } from 'fastify';
import type { KnownRoutes } from '../known-routes.js';
import { tenantOfAnswer } from './answer-tenant.js';
import { mayRead, type Origin, type OriginRules } from './origin-rules.js';

/** What a page may send, beyond what every page may. */
const REQUEST_HEADERS = [
  ...['Authorization', 'Content-Type', 'If-Match', 'If-None-Match'],
  ...['Ringfence-Session', 'X-Tenant'],
].join(', ');

/** What a page may read, beyond what every page may. */
const RESPONSE_HEADERS = [
  ...['ETag', 'Location', 'RateLimit', 'RateLimit-Policy'],
  ...['RateLimit-Limit', 'RateLimit-Remaining', 'RateLimit-Reset'],
  ...['Retry-After', 'X-Request-Id'],
].join(', ');

const PREFLIGHT_SECONDS = 600;

/** Shows the mails of a demo, links with secrets among them: no page of another origin reads that. */
const UNSHARED = '/dev/outbox';

/**
 * Lets pages of tenants' own addresses read answers, and no others: {@link OriginRules}. A page whose
 * origin is not known gets what a program gets, without a header of CORS. The decision falls when the
 * answer is written, because only then is it known whose it is.
 *
 * @param rules asked lazily: the application is not complete when this is called.
 * @see Fetch Standard, 3.3 "CORS protocol"
 */
export function shareWithOrigins(
  fastify: FastifyInstance,
  routes: KnownRoutes,
  rules: () => OriginRules,
): void {
  const origins = new WeakMap<IncomingMessage, Origin>();
  fastify.addHook('onRequest', (_request, reply, done) => {
    reply.header('vary', 'Origin');
    done();
  });
  fastify.addHook('preParsing', async (request, reply) => {
    const { raw } = request;
    if (request.routeOptions.url === UNSHARED || pathOf(raw) === UNSHARED) return;
    const origin = await rules().find(raw.headers.origin);
    if (!origin || (await contradictsHost(rules(), raw, origin))) return;
    origins.set(raw, origin);
    const methods = isPreflight(raw) ? routes.methodsOf(raw.url ?? '') : [];
    if (methods.length === 0) return;
    reply.headers({
      'access-control-allow-methods': methods.filter((each) => each !== 'OPTIONS').join(', '),
      'access-control-allow-headers': REQUEST_HEADERS,
      'access-control-max-age': PREFLIGHT_SECONDS,
      vary: 'Origin, Access-Control-Request-Method, Access-Control-Request-Headers',
    });
    return reply.code(204).send();
  });
  fastify.addHook('onSend', async (request, reply) => {
    const origin = origins.get(request.raw);
    if (origin && mayRead(origin, tenantOfAnswer(request.raw))) allow(reply, request.raw);
  });
}

function pathOf({ url = '' }: IncomingMessage): string | undefined {
  return url.split('?', 1)[0];
}

function isPreflight({ method, headers }: IncomingMessage): boolean {
  return method === 'OPTIONS' && headers['access-control-request-method'] !== undefined;
}

/** One tenant's page on another tenant's host: known before any token is. */
async function contradictsHost(
  rules: OriginRules,
  raw: IncomingMessage,
  origin: Origin,
): Promise<boolean> {
  if (origin.kind === 'listed') return false;
  const host = await rules.hostTenant(raw);
  return host !== undefined && host !== origin.name;
}

function allow(reply: FastifyReply, { headers }: IncomingMessage): void {
  reply.headers({
    'access-control-allow-origin': headers.origin,
    'access-control-allow-credentials': 'true',
    'access-control-expose-headers': RESPONSE_HEADERS,
  });
}
