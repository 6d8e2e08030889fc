import { bodyFor, type IdFor } from './body-for.js';
import { type HttpParty, type HttpStage, isGood } from './http-attack.js';
import type { HttpAnswer } from './http-client.js';
import { idsFor } from './ids-for.js';
import type { Route } from './openapi-routes.js';
import { pathsWith } from './paths-of.js';

const ROUNDS = 4;
const MOST_IDS = 60;

/** What would end the session that attacks, or begin another one. */
const ABOUT_SESSIONS = /log-?(in|out)|sign-?(in|out|up)|password|token|session|\/auth\b|register/i;

/**
 * Lets each tenant look around with its own token: lists first, then everything that opens with an id
 * that it has seen, until nothing new comes; then it makes one of each thing, because some ids are told
 * only to who made them. What opens is what the other tenant must not open.
 */
export async function learn(stage: HttpStage, party: HttpParty): Promise<void> {
  const asked = new Set<string>();
  await look(stage, party, asked);
  for (const route of stage.routes) {
    if (route.method === 'POST' && !ABOUT_SESSIONS.test(route.path))
      await make(stage, party, route);
  }
  await look(stage, party, asked);
}

async function look(
  { client, routes }: HttpStage,
  party: HttpParty,
  asked: Set<string>,
): Promise<void> {
  const reads = routes.filter(({ method }) => method === 'GET');
  for (let round = 0; round < ROUNDS; round += 1) {
    const before = asked.size;
    for (const route of reads) {
      const ids = [...party.knows.ids.keys()].slice(-MOST_IDS);
      for (const path of pathsWith(route, ids, party)) {
        if (asked.has(path)) continue;
        asked.add(path);
        const answer = await client.send({ method: 'GET', path, ...party.credentials });
        if (!isGood(answer)) continue;
        remember(party, route, answer);
        party.reached.set(route.path, (party.reached.get(route.path) ?? new Set()).add(path));
      }
    }
    if (asked.size === before) return;
  }
}

async function make(stage: HttpStage, party: HttpParty, route: Route): Promise<void> {
  const [path] = pathsWith(route, [...party.knows.ids.keys()], party);
  if (path === undefined) return;
  for (const everything of [false, true]) {
    const answer = await stage.client.send({
      method: 'POST',
      path,
      ...party.credentials,
      ...(route.body ? { body: bodyFor(route.body, ownId(party), everything) } : {}),
    });
    if (!isGood(answer)) continue;
    remember(party, route, answer);
    return;
  }
}

/** An id of the party that fits a field, for bodies that its owner might send. */
export function ownId(party: HttpParty): IdFor {
  return (field, schema) => idsFor(field, schema, [...party.knows.ids.keys()], party.knows)[0];
}

function remember({ knows }: HttpParty, route: Route, { json, text }: HttpAnswer): void {
  if (json === undefined) knows.noteText(text);
  else knows.note(route.path, json);
}
