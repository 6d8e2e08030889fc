import { attackBodies } from './attack-bodies.js';
import { attackParameters } from './attack-parameters.js';
import { attackPaths } from './attack-paths.js';
import type { HttpFinding, HttpParty, HttpStage } from './http-attack.js';
import type { Route } from './openapi-routes.js';
import { RouteAttack } from './route-attack.js';

/** All checks of one tenant against the other on one route. */
export async function attackRoute(
  stage: HttpStage,
  attacker: HttpParty,
  victim: HttpParty,
  route: Route,
): Promise<HttpFinding[]> {
  const attack = new RouteAttack(stage, attacker, victim, route);
  return [
    ...(route.places.length > 0 ? await attackPaths(attack) : []),
    ...(route.method === 'GET' ? await attackParameters(attack) : []),
    ...(route.body ? await attackBodies(attack) : []),
  ];
}
