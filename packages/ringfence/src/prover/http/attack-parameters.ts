import type { HttpCheck, HttpFinding } from './http-attack.js';
import type { HttpRequest } from './http-client.js';
import { absentLike, idsFor } from './ids-for.js';
import { plainName } from './knowledge.js';
import type { Parameter } from './openapi-routes.js';
import { pathsWith } from './paths-of.js';
import { MOST_PER_ROUTE, type RouteAttack } from './route-attack.js';

const MOST_WORDS = 6;

/** Reads a path of the attacker's own: as it is, with every parameter, with the victim's cursor. */
export async function attackParameters(attack: RouteAttack): Promise<HttpFinding[]> {
  const { route, attacker, victim } = attack;
  const own = ownPath(attack);
  if (own === undefined) return [];
  const found = new Map<HttpCheck, { leak?: string | undefined; tries: number }>();
  const ask = async (check: HttpCheck, one: Try): Promise<void> => {
    const cell = found.get(check) ?? { tries: 0 };
    found.set(check, cell);
    if (cell.leak) return;
    cell.tries += 1;
    const request = attack.as(attacker, { method: route.method, path: own, ...one.request });
    const answer = await attack.send(request);
    const twin =
      one.absent && attack.as(attacker, { method: route.method, path: own, ...one.absent });
    cell.leak = attack.leak(request, answer, twin && (await attack.send(twin)));
  };
  if (route.places.length === 0) {
    await ask('list', { request: {} });
    for (const [check, extra] of attack.disguises()) await ask(check, { request: extra });
  }
  for (const parameter of route.queries) {
    for (const one of queryTries(attack, own, parameter)) await ask('query-filter', one);
  }
  for (const parameter of route.headers) {
    for (const one of headerTries(attack, parameter)) await ask('header', one);
  }
  for (const { path, cursor } of victim.knows.cursors) {
    if (path !== route.path) continue;
    const name = route.queries.find((one) => /cursor|after|page/i.test(one.name))?.name ?? 'cursor';
    await ask('cursor', { request: { path: withQuery(own, name, cursor) } });
  }
  return [...found].map(([check, { leak, tries }]) =>
    attack.finding(check, leak, `${tries} tries`),
  );
}

interface Try {
  readonly request: Partial<HttpRequest>;
  /** The same with an id of nobody. */
  readonly absent?: Partial<HttpRequest>;
}

function ownPath({ route, attacker }: RouteAttack): string | undefined {
  if (route.places.length === 0) return route.path;
  const [opened] = attacker.reached.get(route.path) ?? [];
  return opened ?? pathsWith(route, [...attacker.knows.ids.keys()], attacker)[0];
}

/** Whatever the parameter may hold: ids and words of the victim, each choice, and usual ways to ask for all. */
function queryTries(attack: RouteAttack, own: string, parameter: Parameter): Try[] {
  const { name, style, schema } = parameter;
  const members = Object.entries(schema.properties ?? {});
  if (members.length > 0) {
    return members.flatMap(([member, part]) =>
      queryTries(attack, own, {
        ...parameter,
        name: style === 'deepObject' ? `${name}[${member}]` : member,
        schema: part,
      }),
    );
  }
  const inner = schema.items ?? schema;
  const bare = /([^[\]]+)\]?$/.exec(name)?.[1] ?? name;
  const { victim, foreign, secrets } = attack;
  const ids = idsFor(plainName(bare), inner, foreign, victim.knows).slice(0, MOST_PER_ROUTE);
  const choices = (inner.enum ?? []).map(String);
  const words = isText(inner) ? secrets.filter((one) => !foreign.includes(one)) : [];
  const all = isText(inner) && choices.length === 0 ? ['all', '*', '%', 'true'] : [];
  const flags = inner.type === 'boolean' ? ['true', 'false'] : [];
  const to = (value: string): Partial<HttpRequest> => ({ path: withQuery(own, name, value) });
  return [
    ...ids.map((id) => ({ request: to(id), absent: to(absentLike(id)) })),
    ...[...choices, ...flags, ...all, ...words.slice(0, MOST_WORDS)].map((value) => ({
      request: to(value),
    })),
  ];
}

function headerTries({ victim, foreign }: RouteAttack, { name, schema }: Parameter): Try[] {
  const ids = idsFor(plainName(name.replace(/^x-/i, '')), schema, foreign, victim.knows);
  const to = (value: string): Partial<HttpRequest> => ({
    headers: { [name.toLowerCase()]: value },
  });
  return ids
    .slice(0, MOST_PER_ROUTE)
    .map((id) => ({ request: to(id), absent: to(absentLike(id)) }));
}

function isText({ type }: Parameter['schema']): boolean {
  return (
    type === undefined || type === 'string' || (Array.isArray(type) && type.includes('string'))
  );
}

function withQuery(path: string, name: string, value: string): string {
  return `${path}?${encodeURIComponent(name)}=${encodeURIComponent(value)}`;
}
