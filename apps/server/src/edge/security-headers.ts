import type { FastifyInstance } from 'fastify';

/** What a page may not use; a list, because there is no word for "everything". */
const NO_FEATURES = [
  ...['accelerometer', 'autoplay', 'bluetooth', 'browsing-topics', 'camera', 'clipboard-read'],
  ...['display-capture', 'encrypted-media', 'fullscreen', 'geolocation', 'gyroscope', 'hid'],
  ...['identity-credentials-get', 'idle-detection', 'magnetometer', 'microphone', 'midi'],
  ...['payment', 'picture-in-picture', 'publickey-credentials-get', 'screen-wake-lock'],
  ...['serial', 'usb', 'web-share', 'xr-spatial-tracking'],
]
  .map((feature) => `${feature}=()`)
  .join(', ');

const TWO_YEARS_SECONDS = 63_072_000;

/** The header and its value, for every answer: docs/edge.md says why each. */
export type SecurityHeaders = Readonly<Record<string, string>>;

/**
 * What every answer carries, whatever it answers. A page says more about its own content
 * ({@link PAGE_HEADERS}); an answer that may be kept says so (see {@link addSecurityHeaders}).
 *
 * @param https browsers reach us by https only: adds HSTS, which a browser ignores on plain http.
 * @see RFC 6797, RFC 9111, Content Security Policy Level 3, OWASP ASVS 5.0 chapter 3.4
 */
export function securityHeaders({ https }: { readonly https: boolean }): SecurityHeaders {
  return {
    'cache-control': 'no-store',
    'content-security-policy':
      "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
    'permissions-policy': NO_FEATURES,
    'referrer-policy': 'no-referrer',
    ...(https
      ? { 'strict-transport-security': `max-age=${TWO_YEARS_SECONDS}; includeSubDomains` }
      : {}),
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
  };
}

/**
 * Gives every answer of the application its {@link SecurityHeaders}. A resource with an entity tag may be
 * kept by the browser that asked and is checked each time; anything else is kept by nobody: a shared
 * cache must not answer one tenant with what another one read.
 */
export function addSecurityHeaders(fastify: FastifyInstance, headers: SecurityHeaders): void {
  fastify.addHook('onRequest', (_request, reply, done) => {
    reply.headers(headers);
    done();
  });
  fastify.addHook('onSend', (request, reply, payload, done) => {
    if (request.method === 'GET' && reply.hasHeader('etag') && reply.statusCode < 400) {
      reply.header('cache-control', 'private, no-cache');
      reply.header('vary', 'Origin, Authorization');
    }
    done(null, payload);
  });
}
