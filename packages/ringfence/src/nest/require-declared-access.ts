import { RingfenceError } from '../errors/index.js';
import type { DeclaredRoute } from './list-routes.js';

/**
 * Refuses an application with a route that does not say who may use it: forgetting a decorator must
 * not open a door, and a door that nobody can open should be noticed before anybody knocks.
 *
 * @throws RingfenceError `ROUTE_ACCESS_UNDECLARED`; its `detail` names the routes.
 */
export function requireDeclaredAccess(routes: readonly DeclaredRoute[]): void {
  const silent = routes
    .filter(({ access }) => access.kind === 'undeclared')
    .map(({ controller, handler, method, path }) => {
      return `${method} ${path} (${controller}.${handler.name})`;
    });
  if (silent.length === 0) return;
  throw new RingfenceError('ROUTE_ACCESS_UNDECLARED', {
    detail: `No @RequirePermission, @AnyMember or @Public: ${silent.join(', ')}.`,
  });
}
