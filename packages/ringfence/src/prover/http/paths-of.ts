import type { HttpParty } from './http-attack.js';
import { idsFor } from './ids-for.js';
import { nameOfPlace } from './knowledge.js';
import type { Route } from './openapi-routes.js';

/**
 * The path of a route with ids in its places: what opened before in front, and one of the given ids in the
 * last place, the likeliest first.
 *
 * @param owner whose opened paths the beginning is taken from
 */
export function pathsWith(
  route: Route,
  ids: readonly string[],
  knower: HttpParty,
  owner: HttpParty = knower,
): string[] {
  const last = route.places.at(-1);
  if (last === undefined) return [route.path];
  const at = route.path.lastIndexOf(`{${last}}`);
  const head = route.path.slice(0, at);
  const tail = route.path.slice(at + last.length + 2);
  const heads = head.includes('{') ? openHeads(head, owner) : [head];
  const schema = route.placeSchemas[last] ?? {};
  const fitting = idsFor(nameOfPlace(route.path, last), schema, ids, knower.knows);
  // All heads get the likeliest id before any gets the next one.
  return fitting.flatMap((id) => heads.map((each) => `${each}${encodeURIComponent(id)}${tail}`));
}

/** Beginnings of paths that opened before, where they fit the template. */
function openHeads(template: string, party: HttpParty): string[] {
  const pattern = template
    .split(/\{[^}]+\}/)
    .map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
    .join('([^/]+)');
  const beginning = new RegExp(`^${pattern.replace(/\/$/, '')}(?=/|$)`);
  const found = new Set<string>();
  for (const paths of party.reached.values()) {
    for (const path of paths) {
      const [match] = beginning.exec(path) ?? [];
      if (match !== undefined) found.add(template.endsWith('/') ? `${match}/` : match);
    }
  }
  return [...found];
}
