import { bodyFor } from './body-for.js';
import { type HttpFinding, isGood, shownRequest } from './http-attack.js';
import type { HttpRequest } from './http-client.js';
import { ownId } from './learn.js';
import { pathsWith } from './paths-of.js';
import { MOST_PER_ROUTE, type RouteAttack } from './route-attack.js';

/** The victim's ids in the path: with the attacker's token, without any, and in disguise. */
export async function attackPaths(attack: RouteAttack): Promise<HttpFinding[]> {
  const paths = foreignPaths(attack);
  if (paths.length === 0) {
    return [attack.notProvable('foreign-id', 'no id of the other tenant was seen')];
  }
  const findings = [
    attack.finding('foreign-id', await foreign(attack, paths), `${paths.length} ids`),
  ];
  const { attacker, route } = attack;
  const others: ReturnType<RouteAttack['disguises']> = [
    ['no-token', { token: undefined, headers: {} }],
    ...attack.disguises(),
  ];
  for (const [check, extra] of others) {
    let leak: string | undefined;
    for (const path of paths) {
      const [request] = requests(attack, path);
      if (!request) continue;
      const disguised =
        check === 'no-token'
          ? { ...request, ...extra }
          : attack.as(attacker, { ...request, ...extra });
      leak ??= attack.leak(disguised, await attack.send(disguised));
    }
    findings.push(attack.finding(check, leak, `${paths.length} ids`));
  }
  if (route.method === 'GET') findings.push(...(await etags(attack)));
  return findings;
}

async function foreign(attack: RouteAttack, paths: readonly string[]): Promise<string | undefined> {
  const { attacker, route } = attack;
  for (const path of paths) {
    const writes = route.method !== 'GET' && route.method !== 'HEAD';
    const before = writes ? await ownersView(attack, path) : undefined;
    for (const plain of requests(attack, path)) {
      const request = attack.as(attacker, plain);
      const nowhere = attack.as(attacker, { ...plain, path: attack.absentPath(path) });
      const answer = await attack.send(request);
      const leak = attack.leak(request, answer, await attack.send(nowhere));
      if (leak) return leak;
      // Some writes answer the same to everybody; what they did is seen by the owner.
      if (before && (await ownersView(attack, path)) !== before) {
        return `${shownRequest(attack.bare(request))} (${answer.status}) changed what its owner sees`;
      }
    }
  }
  return undefined;
}

/** The request in each form that the route might accept. */
function requests({ route, attacker }: RouteAttack, path: string): HttpRequest[] {
  const { method, body } = route;
  if (!body) return [{ method, path }];
  const own = ownId(attacker);
  return [true, false].map((everything) => ({
    method,
    path,
    body: bodyFor(body, own, everything),
  }));
}

/** What the victim sees at the path or at the nearest one above that it opened; undefined if that moves. */
async function ownersView(attack: RouteAttack, path: string): Promise<string | undefined> {
  const { victim } = attack;
  const opened = [...victim.reached.values()].flatMap((paths) => [...paths]);
  const nearest = opened
    .filter((one) => path === one || path.startsWith(`${one}/`))
    .sort((one, other) => other.length - one.length)[0];
  if (nearest === undefined || nearest.split('/').length < 3) return undefined;
  const look = async (): Promise<string> => {
    const request = attack.as(victim, { method: 'GET', path: nearest });
    const { status, text } = await attack.send(request);
    return `${status} ${text}`;
  };
  const seen = await look();
  return seen === (await look()) ? seen : undefined;
}

/** What its owner opens, and the victim's ids behind the attacker's own beginnings. */
function foreignPaths({ route, victim, attacker, foreign: ids }: RouteAttack): string[] {
  const holds = (path: string): boolean =>
    path.split('/').some((part) => ids.includes(decodeURIComponent(part)));
  const opened = [...(victim.reached.get(route.path) ?? [])].filter(holds);
  const composed = opened.length > 0 ? [] : pathsWith(route, ids, victim);
  const mixed = route.places.length > 1 ? pathsWith(route, ids, victim, attacker) : [];
  const half = Math.ceil(MOST_PER_ROUTE / 2);
  return [...new Set([...[...opened, ...composed].slice(0, half), ...mixed.slice(0, half)])];
}

/** Does the victim's validator get a 304 for the attacker? */
async function etags(attack: RouteAttack): Promise<HttpFinding[]> {
  const { victim, attacker, route, foreign: ids } = attack;
  const own = [...(victim.reached.get(route.path) ?? [])].filter((path) =>
    ids.some((id) => path.includes(encodeURIComponent(id))),
  );
  for (const path of own.slice(0, 5)) {
    const seen = await attack.send(attack.as(victim, { method: 'GET', path }));
    const { etag } = seen.headers;
    if (!etag || !isGood(seen)) continue;
    for (const value of [etag, '*']) {
      const plain = { method: 'GET', path, headers: { 'if-none-match': value } };
      const { status } = await attack.send(attack.as(attacker, plain));
      if (status === 304) return [attack.finding('etag', `${shownRequest(plain)}: 304`, '')];
    }
    return [attack.finding('etag', undefined, 'no 304')];
  }
  return [];
}
