import type { HttpRequest } from './fastify-shape.js';

/** Method and pattern of the matched route, `GET /projects/:id`: never the address with its ids. */
export function routePattern(request: HttpRequest): string {
  return `${request.raw.method ?? '?'} ${request.routeOptions?.url ?? '(no route)'}`;
}
