import { createHash, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { RingfenceError } from 'ringfence/errors';
import type { ServerConfig } from '../config.js';

/** What is scraped. */
export interface Scraped {
  readonly contentType: string;
  text(): Promise<string>;
}

/** A listening {@link listenForScrapes}. */
export interface ScrapeServer {
  readonly port: number;
  close(): Promise<void>;
}

type ScrapeConfig = Pick<ServerConfig, 'METRICS_PORT' | 'METRICS_HOST' | 'METRICS_TOKEN'>;

/**
 * Serves `GET /metrics` on a port of its own, which no tenant's host leads to and no route of the
 * application shares. Where METRICS_TOKEN is set it is asked for; pages of a browser are refused, so that
 * no foreign page reads a port of somebody's own machine.
 *
 * @throws RingfenceError `START_FAILED` when the port cannot be opened.
 */
export async function listenForScrapes(
  metrics: Scraped,
  { METRICS_PORT, METRICS_HOST, METRICS_TOKEN }: ScrapeConfig,
): Promise<ScrapeServer> {
  const server = createServer(
    { headersTimeout: 5_000, requestTimeout: 5_000 },
    (request, response) => {
      const refusal = refuse(request, METRICS_TOKEN);
      if (refusal !== undefined) {
        end(response, refusal);
        return;
      }
      metrics.text().then(
        (text) => {
          response.writeHead(200, {
            'content-type': metrics.contentType,
            'cache-control': 'no-store',
            'x-content-type-options': 'nosniff',
          });
          response.end(text);
        },
        () => end(response, 500),
      );
    },
  );
  server.maxConnections = 16;
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause) => {
      const detail = 'The port of METRICS_PORT cannot be opened.';
      reject(new RingfenceError('START_FAILED', { detail, cause }));
    });
    server.listen(METRICS_PORT, METRICS_HOST, resolve);
  });
  const address = server.address();
  return {
    port: typeof address === 'object' && address ? address.port : 0,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function refuse({ method, url, headers }: IncomingMessage, token?: string): number | undefined {
  if (headers.origin !== undefined || headers['sec-fetch-site'] !== undefined) return 403;
  if (token !== undefined && !same(headers.authorization ?? '', `Bearer ${token}`)) return 401;
  if (url !== '/metrics') return 404;
  return method === 'GET' ? undefined : 405;
}

function same(given: string, wanted: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(wanted));
}

function end(response: ServerResponse, status: number): void {
  response.writeHead(status, status === 401 ? { 'www-authenticate': 'Bearer' } : {});
  response.end();
}
