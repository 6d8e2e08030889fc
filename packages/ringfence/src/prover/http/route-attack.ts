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
import { absentLike } from './ids-for.js';
import { secretsAgainst } from './knowledge.js';
import type { Route } from './openapi-routes.js';

/** At most so many ids are tried on one route by one check. */
export const MOST_PER_ROUTE = 40;

/** Short ids occur in texts by accident. */
const isLong = (id: string): boolean => id.length >= 6;

/** One tenant against the other on one route: what all checks of it need. */
export class RouteAttack {
  readonly secrets: readonly string[];
  /** Ids of the victim, which are not the attacker's as well. */
  readonly foreign: readonly string[];

  constructor(
    readonly stage: HttpStage,
    readonly attacker: HttpParty,
    readonly victim: HttpParty,
    readonly route: Route,
  ) {
    this.foreign = ownIds(victim, attacker);
    this.secrets = [
      ...new Set([...secretsAgainst(victim.knows, attacker.knows), ...this.foreign.filter(isLong)]),
    ];
  }

  send(request: HttpRequest): Promise<HttpAnswer> {
    return this.stage.client.send(request);
  }

  /** As the attacker; headers are added to its own. */
  as({ credentials }: HttpParty, request: HttpRequest): HttpRequest {
    const headers = { ...credentials.headers, ...request.headers };
    return { ...credentials, ...request, headers };
  }

  /** What an answer gives away: a value of the victim, or that it is another one than for nobody's id. */
  leak(request: HttpRequest, answer: HttpAnswer, absent?: HttpAnswer): string | undefined {
    const secret = revealed(this.secrets, answer, request);
    const text = shownRequest(this.bare(request));
    if (secret) return `${text} shows ${secret}`;
    const told = absent && absent.status !== answer.status && ![429, 503].includes(answer.status);
    if (!told || answer.status >= 500) return undefined;
    return isGood(answer)
      ? `${text}: ${answer.status}`
      : `${text}: ${answer.status} where an absent id gets ${absent.status}`;
  }

  /** Without what the attacker sends anyway, which is a secret of its own. */
  bare({ method, path, headers = {}, body }: HttpRequest): HttpRequest {
    const own = this.attacker.credentials.headers ?? {};
    const extra = Object.entries(headers).filter(([name, value]) => own[name] !== value);
    return { method, path, headers: Object.fromEntries(extra), body };
  }

  /** The same path with ids that nobody has in place of the victim's. */
  absentPath(path: string): string {
    const foreign = new Set(this.foreign.map(encodeURIComponent));
    return path
      .split('/')
      .map((part) => (foreign.has(part) ? absentLike(decodeURIComponent(part)) : part))
      .join('/');
  }

  /** The victim's tenant header and host, beside the attacker's own credentials. */
  disguises(): [HttpCheck, Partial<HttpRequest>][] {
    const { tenant, host } = this.victim;
    const found: [HttpCheck, Partial<HttpRequest>][] = [];
    if (tenant !== undefined) {
      found.push(['other-tenant-header', { headers: { [this.stage.tenantHeader]: tenant } }]);
    }
    if (host !== undefined) found.push(['other-host', { headers: { host } }]);
    return found;
  }

  finding(check: HttpCheck, leak: string | undefined, tried: string): HttpFinding {
    return { ...this.#cell(check), verdict: leak ? 'leaked' : 'proven', detail: leak ?? tried };
  }

  notProvable(check: HttpCheck, why: string): HttpFinding {
    return { ...this.#cell(check), verdict: 'not-provable', detail: why };
  }

  #cell(check: HttpCheck): Pick<HttpFinding, 'attacker' | 'victim' | 'route' | 'check'> {
    const { method, path } = this.route;
    const [attacker, victim] = [this.attacker.name, this.victim.name];
    return { attacker, victim, route: `${method} ${path}`, check };
  }
}
