import { type HttpParty, type HttpStage, isGood } from './http-attack.js';
import type { Route } from './openapi-routes.js';

const ROUNDS = 4;
const MOST_IDS = 60;

/**
 * Lets each tenant look around with its own token: lists first, then everything that opens with an id
 * that it has seen, until nothing new comes. What opens is what the other tenant must not open.
 */
export async function learn({ client, routes }: HttpStage, party: HttpParty): Promise<void> {
  const reads = routes.filter(({ method }) => method === 'GET');
  const asked = new Set<string>();
  for (let round = 0; round < ROUNDS; round += 1) {
    const before = asked.size;
    for (const route of reads) {
      for (const path of filledPaths(
        route,
        [...party.knows.ids.keys()].slice(0, MOST_IDS),
        party,
      )) {
        if (asked.has(path)) continue;
        asked.add(path);
        const answer = await client.send({ method: 'GET', path, token: party.token });
        if (!isGood(answer)) continue;
        party.knows.note(route.path, answer.json);
        party.reached.set(route.path, (party.reached.get(route.path) ?? new Set()).add(path));
      }
    }
    if (asked.size === before) return;
  }
}

/** The path with ids in its places; with several places, what is known to open its beginning. */
function filledPaths(route: Route, ids: readonly string[], party: HttpParty): string[] {
  if (route.places.length === 0) return [route.path];
  const last = route.places.at(-1) ?? '';
  const [head = '', tail = ''] = route.path.split(`{${last}}`);
  const heads = head.includes('{') ? openHeads(head, party) : [head];
  return heads.flatMap((each) => ids.map((id) => `${each}${encodeURIComponent(id)}${tail}`));
}

/** Beginnings of paths that opened before, where they fit the template. */
function openHeads(template: string, party: HttpParty): string[] {
  const pattern = template
    .split(/\{[^}]+\}/)
    .map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
    .join('([^/]+)');
  const beginning = new RegExp(`^${pattern.replace(/\/$/, '')}`);
  const found = new Set<string>();
  for (const paths of party.reached.values()) {
    for (const path of paths) {
      const [match] = beginning.exec(path) ?? [];
      if (match !== undefined)
        found.add(match.endsWith('/') ? match : `${match}${template.endsWith('/') ? '/' : ''}`);
    }
  }
  return [...found];
}
