import { bodyFor, type IdField, idFields } from './body-for.js';
import type { HttpFinding } from './http-attack.js';
import type { HttpRequest } from './http-client.js';
import { absentLike, idsFor } from './ids-for.js';
import { ownId } from './learn.js';
import { pathsWith } from './paths-of.js';
import { MOST_PER_ROUTE, type RouteAttack } from './route-attack.js';

/** The victim's ids in fields of the body, one field at a time, compared with ids that are nowhere. */
export async function attackBodies(attack: RouteAttack): Promise<HttpFinding[]> {
  const { route, attacker } = attack;
  const fields = route.body ? idFields(route.body) : [];
  if (fields.length === 0) return [];
  const [path] = pathsWith(route, [...attacker.knows.ids.keys()], attacker);
  if (path === undefined) return [attack.notProvable('body-field', 'it opens nothing of its own')];
  let tries = 0;
  for (const field of fields) {
    const ids = idsFor(field.name, field.schema, attack.foreign, attack.victim.knows);
    for (const id of ids.slice(0, Math.ceil(MOST_PER_ROUTE / fields.length))) {
      for (const everything of [false, true]) {
        const request = attack.as(attacker, withId(attack, path, field, id, everything));
        const nobody = withId(attack, path, field, absentLike(id), everything);
        const answer = await attack.send(request);
        tries += 1;
        const leak = attack.leak(request, answer, await attack.send(attack.as(attacker, nobody)));
        if (leak) return [attack.finding('body-field', leak, '')];
      }
    }
  }
  return [attack.finding('body-field', undefined, `${tries} tries`)];
}

/** The field holds the id, all others hold what is the attacker's. */
function withId(
  { route, attacker }: RouteAttack,
  path: string,
  field: IdField,
  id: string,
  everything: boolean,
): HttpRequest {
  const own = ownId(attacker);
  const idFor: typeof own = (name, schema) => (name === field.name ? id : own(name, schema));
  return { method: route.method, path, body: bodyFor(route.body ?? {}, idFor, everything) };
}
