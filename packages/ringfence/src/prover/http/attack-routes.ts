import { randomUUID } from 'node:crypto';
import { bodyFor, idFields } from './body-for.js';
import {
  type HttpCheck,
  type HttpFinding,
  type HttpParty,
  type HttpStage,
  isGood,
  ownIds,
  revealed,
  shownRequest,
} from './http-attack.js';
import type { HttpAnswer, HttpRequest } from './http-client.js';
import { secretsAgainst } from './knowledge.js';
import type { Route } from './openapi-routes.js';

const MOST_PER_ROUTE = 40;
const UUID = /^[0-9a-f]{8}-[0-9a-f-]{27}$/i;
const NOBODY = randomUUID();

/** Short ids occur in texts by accident. */
const isLong = (id: string): boolean => id.length >= 6;

/** All checks of one tenant against the other on one route. */
export async function attackRoute(
  stage: HttpStage,
  attacker: HttpParty,
  victim: HttpParty,
  route: Route,
): Promise<HttpFinding[]> {
  const attack = new RouteAttack(stage, attacker, victim, route);
  const findings = [
    ...(route.places.length > 0 ? await attack.foreignIds() : []),
    ...(route.places.length === 0 && route.method === 'GET' ? await attack.lists() : []),
    ...(route.body ? await attack.bodyFields() : []),
  ];
  return findings;
}

class RouteAttack {
  readonly #secrets: readonly string[];
  readonly #foreign: readonly string[];

  constructor(
    readonly stage: HttpStage,
    readonly attacker: HttpParty,
    readonly victim: HttpParty,
    readonly route: Route,
  ) {
    this.#foreign = ownIds(victim, attacker);
    this.#secrets = [
      ...new Set([
        ...secretsAgainst(victim.knows, attacker.knows),
        ...this.#foreign.filter(isLong),
      ]),
    ];
  }

  /** The victim's ids in the path: with the attacker's token, without any, and in disguise. */
  async foreignIds(): Promise<HttpFinding[]> {
    const paths = this.#paths();
    if (paths.length === 0)
      return [this.#finding('foreign-id', 'not-provable', 'no id of the other tenant was seen')];
    const findings: HttpFinding[] = [];
    const { method } = this.route;
    const absent = new Map<string, HttpAnswer>();
    const disguises: [HttpCheck, Partial<HttpRequest>][] = [
      ['foreign-id', {}],
      ['no-token', { token: undefined }],
      ...this.#disguises(),
    ];
    for (const [check, extra] of disguises) {
      let leak: string | undefined;
      for (const path of paths) {
        const request = { ...this.#request(path), ...extra };
        const answer = await this.#send(request);
        const nowhere = this.#absentPath(path);
        if (check === 'foreign-id' && !absent.has(nowhere)) {
          absent.set(nowhere, await this.#send(this.#request(nowhere)));
        }
        leak ??= await this.#leak(
          request,
          answer,
          check === 'foreign-id' ? absent.get(nowhere) : undefined,
        );
        if (leak) break;
      }
      findings.push(
        this.#finding(check, leak ? 'leaked' : 'proven', leak ?? `${paths.length} ids`),
      );
    }
    if (method === 'GET') findings.push(...(await this.#etags()));
    return findings;
  }

  /** Lists: whole, filtered by the victim's ids, and from the victim's cursor on. */
  async lists(): Promise<HttpFinding[]> {
    const { path, queries } = this.route;
    const tries: [HttpCheck, string][] = [
      ['list', path],
      ...queries
        .filter((name) => /id$|tenant|filter|search|^q$/i.test(name))
        .flatMap((name) =>
          this.#foreign
            .slice(0, MOST_PER_ROUTE)
            .map((id): [HttpCheck, string] => [
              'query-filter',
              `${path}?${encodeURIComponent(name)}=${encodeURIComponent(id)}`,
            ]),
        ),
      ...this.victim.knows.cursors
        .filter((one) => one.path === path)
        .map(({ cursor }): [HttpCheck, string] => {
          const name = queries.find((each) => /cursor|after|page/i.test(each)) ?? 'cursor';
          return ['cursor', `${path}?${encodeURIComponent(name)}=${encodeURIComponent(cursor)}`];
        }),
    ];
    const found = new Map<HttpCheck, HttpFinding>();
    for (const [check, each] of tries) {
      if (found.get(check)?.verdict === 'leaked') continue;
      const request = { method: 'GET', path: each, token: this.attacker.token };
      const secret = revealed(this.#secrets, await this.#send(request), request);
      const detail = secret
        ? `${shownRequest(request)} shows ${secret}`
        : 'nothing of the other tenant';
      found.set(check, this.#finding(check, secret ? 'leaked' : 'proven', detail));
    }
    for (const [check, extra] of this.#disguises()) {
      const request = { method: 'GET', path, token: this.attacker.token, ...extra };
      const secret = revealed(this.#secrets, await this.#send(request), request);
      const detail = secret
        ? `${shownRequest(request)} shows ${secret}`
        : 'nothing of the other tenant';
      found.set(check, this.#finding(check, secret ? 'leaked' : 'proven', detail));
    }
    return [...found.values()];
  }

  /** The victim's ids in fields of the body, compared with ids that are nowhere. */
  async bodyFields(): Promise<HttpFinding[]> {
    const { body } = this.route;
    if (!body || idFields(body).length === 0) return [];
    const [own = this.route.path] = this.attacker.reached.get(this.route.path) ?? [];
    if (own.includes('{')) return [];
    const absent = await this.#send({
      ...this.#request(own),
      body: bodyFor(body, () => randomUUID()),
    });
    for (const id of this.#foreign.slice(0, MOST_PER_ROUTE)) {
      const request = { ...this.#request(own), body: bodyFor(body, () => id) };
      const answer = await this.#send(request);
      const secret = revealed(this.#secrets, answer, request);
      const told = answer.status !== absent.status && answer.status < 500;
      // Where ids that are nowhere are accepted as well, nothing is a reference.
      if (secret || (told && (isGood(answer) || answer.status === 409))) {
        const why = secret
          ? `shows ${secret}`
          : `${answer.status} where an absent id gets ${absent.status}`;
        return [this.#finding('body-field', 'leaked', `${shownRequest(request)}: ${why}`)];
      }
    }
    return [this.#finding('body-field', 'proven', `${this.#foreign.length} ids`)];
  }

  /** Does the victim's validator get a 304 for the attacker? */
  async #etags(): Promise<HttpFinding[]> {
    for (const path of [...(this.victim.reached.get(this.route.path) ?? [])].slice(0, 5)) {
      const own = await this.#send({ method: 'GET', path, token: this.victim.token });
      const { etag } = own.headers;
      if (!etag || !isGood(own)) continue;
      for (const value of [etag, '*']) {
        const request = {
          method: 'GET',
          path,
          token: this.attacker.token,
          headers: { 'if-none-match': value },
        };
        const answer = await this.#send(request);
        if (answer.status === 304)
          return [this.#finding('etag', 'leaked', `${shownRequest(request)}: 304`)];
      }
      return [this.#finding('etag', 'proven', 'no 304')];
    }
    return [];
  }

  async #leak(
    request: HttpRequest,
    answer: HttpAnswer,
    absent: HttpAnswer | undefined,
  ): Promise<string | undefined> {
    const secret = revealed(this.#secrets, answer, request);
    const text = shownRequest(request);
    if (secret) return `${text} shows ${secret}`;
    const differs = absent && absent.status !== answer.status && answer.status !== 429;
    if (isGood(answer) && request.method !== 'GET' && differs) return `${text}: ${answer.status}`;
    if (isGood(answer) && request.method === 'GET' && differs) return `${text}: ${answer.status}`;
    // A refusal that an absent id does not get tells that this one exists.
    if (differs && answer.status >= 400 && answer.status < 500) {
      return `${text}: ${answer.status} where an absent id gets ${absent.status}`;
    }
    return undefined;
  }

  /** The paths that their owner opens; for other methods, those of the same template. */
  #paths(): string[] {
    const reached = this.victim.reached.get(this.route.path);
    const foreign = this.#foreign.map((id) => encodeURIComponent(id));
    if (reached)
      return [...reached]
        .filter((path) => foreign.some((id) => path.includes(id)))
        .slice(0, MOST_PER_ROUTE);
    const last = this.route.places.at(-1) ?? '';
    const [head = '', tail = ''] = this.route.path.split(`{${last}}`);
    const filled = head.replace(/\{[^}]+\}/g, () => foreign[0] ?? '');
    return foreign.slice(0, MOST_PER_ROUTE).map((id) => `${filled}${id}${tail}`);
  }

  /** A path to what is nowhere, by an id that looks like the one in the given path. */
  #absentPath(path: string): string {
    const id = this.#foreign.find((each) => path.includes(encodeURIComponent(each))) ?? '';
    const absent = /^\d+$/.test(id) ? '999999937' : UUID.test(id) ? NOBODY : NOBODY.slice(0, 13);
    return this.route.path.replace(/\{[^}]+\}/g, () => absent);
  }

  #request(path: string): HttpRequest {
    const { method, body } = this.route;
    const own = [...this.attacker.knows.ids.keys()];
    return {
      method,
      path,
      token: this.attacker.token,
      ...(body ? { body: bodyFor(body, () => own[0]) } : {}),
    };
  }

  #disguises(): [HttpCheck, Partial<HttpRequest>][] {
    const { tenant, host } = this.victim;
    return [
      ...(tenant === undefined
        ? []
        : [
            ['other-tenant-header', { headers: { [this.stage.tenantHeader]: tenant } }] as [
              HttpCheck,
              Partial<HttpRequest>,
            ],
          ]),
      ...(host === undefined
        ? []
        : [['other-host', { headers: { host } }] as [HttpCheck, Partial<HttpRequest>]]),
    ];
  }

  #send(request: HttpRequest): Promise<HttpAnswer> {
    return this.stage.client.send(request);
  }

  #finding(check: HttpCheck, verdict: HttpFinding['verdict'], detail: string): HttpFinding {
    const { method, path } = this.route;
    return {
      attacker: this.attacker.name,
      victim: this.victim.name,
      route: `${method} ${path}`,
      check,
      verdict,
      detail,
    };
  }
}
