import { createHash, randomUUID } from 'node:crypto';
import { RingfenceError } from '../../errors/index.js';
import { attackRoute } from './attack-routes.js';
import type { HttpFinding, HttpParty, HttpStage } from './http-attack.js';
import { HttpClient } from './http-client.js';
import { Notebook } from './knowledge.js';
import { learn } from './learn.js';
import { type OpenApiDocument, readDocument, routesOf } from './openapi-routes.js';
import { compareTimes, type TimingDifference } from './timing.js';

/** How one tenant gets in. */
export interface HttpCredentials {
  /** A bearer token, or what to log in with; an API key goes into `headers`. */
  readonly token?: string;
  /** Sent with every request of this tenant, for example `{ "x-api-key": "…" }`. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly login?: { readonly path: string; readonly body: unknown };
  /** What the tenant header would say. */
  readonly tenant?: string;
  /** The tenant's own host, with its port. */
  readonly host?: string;
}

/** What {@link proveHttp} is asked for. */
export interface ProveHttpOptions {
  /** An OpenAPI 3 document: URL, file or the document itself. */
  readonly openapi: string | OpenApiDocument;
  /** Default: the document's own server, or where it came from. */
  readonly baseUrl?: string;
  readonly a: HttpCredentials;
  readonly b: HttpCredentials;
  /** Default `x-tenant`. */
  readonly tenantHeader?: string;
  /** Requests per second, default 100. */
  readonly perSecond?: number;
  /** Requests at all, default 20000. */
  readonly most?: number;
  /** Pairs of requests per route for the comparison of times, default 20; 0 leaves it out. */
  readonly timingSamples?: number;
  /** Only these routes are attacked, as `GET /projects/{id}`; all of them are learnt from. */
  readonly only?: readonly string[];
  /** For a server on another machine. */
  readonly thisIsMine?: boolean;
}

/** What was found over HTTP. */
export interface HttpProof {
  readonly format: 'ringfence-http-proof/1';
  readonly startedAt: string;
  readonly endedAt: string;
  readonly server: string;
  readonly documentSha256: string;
  readonly requests: number;
  readonly summary: {
    readonly routes: number;
    readonly proven: number;
    readonly leaked: number;
    readonly notProvable: number;
  };
  readonly findings: readonly HttpFinding[];
  /** For people to judge: a difference in time alone never fails a run. */
  readonly timing: readonly TimingDifference[];
}

/**
 * Attacks a running server with two tenants: every route, every id that the other tenant was seen to
 * have, in paths, filters, cursors, bodies and headers. It writes and deletes where the server lets it.
 *
 * @throws RingfenceError `CONFIGURATION_INVALID` (another machine without `thisIsMine`, no document, no
 *   way in), `PROOF_IMPOSSIBLE` (nothing was seen, or the server went away).
 * @example
 * await proveHttp({ openapi: 'http://localhost:3000/openapi.json', a: { token: tokenA }, b: { token: tokenB } });
 */
export async function proveHttp(options: ProveHttpOptions): Promise<HttpProof> {
  const startedAt = new Date().toISOString();
  const document =
    typeof options.openapi === 'string' ? await readDocument(options.openapi) : options.openapi;
  const baseUrl = baseOf(document, options);
  const client = new HttpClient({
    baseUrl,
    perSecond: options.perSecond ?? 100,
    most: options.most ?? 20_000,
    thisIsMine: options.thisIsMine ?? false,
  });
  const routes = routesOf(document);
  const stage: HttpStage = { client, routes, tenantHeader: options.tenantHeader ?? 'x-tenant' };
  const places = routes.flatMap((route) => route.places);
  const a = await enter(client, 'a', options.a, places);
  const b = await enter(client, 'b', options.b, places);
  await learn(stage, a);
  await learn(stage, b);
  if (a.knows.ids.size === 0 || b.knows.ids.size === 0) {
    throw new RingfenceError('PROOF_IMPOSSIBLE', {
      detail: 'One of the tenants sees nothing with its own token: each needs some data.',
    });
  }
  const timing = await times(stage, a, b, options.timingSamples ?? 20);
  const findings: HttpFinding[] = [];
  for (const route of routes) {
    if (options.only?.includes(`${route.method} ${route.path}`) === false) continue;
    findings.push(
      ...(await attackRoute(stage, a, b, route)),
      ...(await attackRoute(stage, b, a, route)),
    );
  }
  const count = (verdict: HttpFinding['verdict']): number =>
    findings.filter((one) => one.verdict === verdict).length;
  return {
    format: 'ringfence-http-proof/1',
    startedAt,
    endedAt: new Date().toISOString(),
    server: baseUrl,
    documentSha256: createHash('sha256').update(JSON.stringify(document)).digest('hex'),
    requests: client.sent,
    summary: {
      routes: routes.length,
      proven: count('proven'),
      leaked: count('leaked'),
      notProvable: count('not-provable'),
    },
    findings,
    timing,
  };
}

function baseOf(document: OpenApiDocument, { openapi, baseUrl }: ProveHttpOptions): string {
  if (baseUrl !== undefined) return baseUrl;
  const origin =
    typeof openapi === 'string' && /^https?:/.test(openapi) ? new URL(openapi).origin : undefined;
  const [server] = document.servers ?? [];
  if (server && (origin || /^https?:/.test(server.url))) return new URL(server.url, origin).href;
  if (origin) return origin;
  throw new RingfenceError('CONFIGURATION_INVALID', { detail: 'Give the address of the server.' });
}

async function enter(
  client: HttpClient,
  name: HttpParty['name'],
  { token, login, tenant, host, headers: given }: HttpCredentials,
  places: readonly string[],
): Promise<HttpParty> {
  const bearer = token ?? (login && (await logIn(client, login)));
  // Node's headers come in lower case, and so one name is one header.
  const headers = Object.fromEntries(
    Object.entries(given ?? {}).map(([header, value]) => [header.toLowerCase(), value]),
  );
  if (!bearer && Object.keys(headers).length === 0) {
    throw new RingfenceError('CONFIGURATION_INVALID', {
      detail: `Tenant ${name} has neither a token, headers nor a login that answers with a token.`,
    });
  }
  const credentials = { token: bearer, headers };
  return { name, credentials, tenant, host, knows: new Notebook(places), reached: new Map() };
}

async function logIn(
  client: HttpClient,
  { path, body }: { path: string; body: unknown },
): Promise<string | undefined> {
  const { json } = await client.send({ method: 'POST', path, body });
  const answer = (json ?? {}) as Record<string, unknown>;
  const token = answer.accessToken ?? answer.access_token ?? answer.token;
  return typeof token === 'string' ? token : undefined;
}

/** Foreign and absent ids in turn, so that whatever else the machine does hits both alike. */
async function times(
  { client, routes }: HttpStage,
  attacker: HttpParty,
  victim: HttpParty,
  samples: number,
): Promise<TimingDifference[]> {
  const differences: TimingDifference[] = [];
  if (samples === 0) return differences;
  for (const route of routes) {
    if (route.method !== 'GET' || route.places.length !== 1) continue;
    const [path] = victim.reached.get(route.path) ?? [];
    if (path === undefined) continue;
    const foreign: number[] = [];
    const absent: number[] = [];
    for (let at = 0; at < samples; at += 1) {
      const own = attacker.credentials;
      const nowhere = route.path.replace(/\{[^}]+\}/, randomUUID());
      foreign.push((await client.send({ method: 'GET', path, ...own })).milliseconds);
      absent.push((await client.send({ method: 'GET', path: nowhere, ...own })).milliseconds);
    }
    differences.push(compareTimes(`GET ${route.path}`, foreign, absent));
  }
  return differences;
}
