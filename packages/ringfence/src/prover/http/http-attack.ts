import type { HttpAnswer, HttpClient, HttpRequest } from './http-client.js';
import type { Notebook } from './knowledge.js';
import type { Route } from './openapi-routes.js';

/** What was tried over HTTP. */
export const HTTP_CHECKS = [
  'foreign-id',
  'no-token',
  'list',
  'query-filter',
  'cursor',
  'header',
  'body-field',
  'etag',
  'other-tenant-header',
  'other-host',
] as const;

export type HttpCheck = (typeof HTTP_CHECKS)[number];

/** One cell of the matrix tenant × tenant × route × check. */
export interface HttpFinding {
  readonly attacker: 'a' | 'b';
  readonly victim: 'a' | 'b';
  readonly route: string;
  readonly check: HttpCheck;
  readonly verdict: 'proven' | 'leaked' | 'not-provable';
  /** What was sent when it leaked; why when nothing can be said; how many tries otherwise. */
  readonly detail: string;
}

/** One of the two tenants on the wire. */
export interface HttpParty {
  readonly name: 'a' | 'b';
  /** What goes along with every request of its own. */
  readonly credentials: Pick<HttpRequest, 'token' | 'headers'>;
  /** As the tenant header names it. */
  readonly tenant: string | undefined;
  readonly host: string | undefined;
  readonly knows: Notebook;
  /** Path template → the filled paths that its owner may read. */
  readonly reached: Map<string, Set<string>>;
}

/** What the checks work with. */
export interface HttpStage {
  readonly client: HttpClient;
  readonly routes: readonly Route[];
  readonly tenantHeader: string;
}

/** The request as it stands in a report. */
export function shownRequest({ method, path, headers, body }: HttpRequest): string {
  const extra = Object.entries(headers ?? {}).map(([name, value]) => `${name}: ${value}`);
  const text = body === undefined ? [] : [JSON.stringify(body)];
  return [`${method} ${path}`, ...extra, ...text].join(' ').slice(0, 600);
}

/** Which of the victim's values an answer shows that the request did not hold. */
export function revealed(
  secrets: readonly string[],
  answer: HttpAnswer,
  request: HttpRequest,
): string | undefined {
  const sent = decodeURIComponent(safely(request.path)) + JSON.stringify(request.body ?? '');
  return secrets.find((secret) => answer.text.includes(secret) && !sent.includes(secret));
}

function safely(path: string): string {
  try {
    decodeURIComponent(path);
    return path;
  } catch {
    return encodeURIComponent(path);
  }
}

export function isGood({ status }: HttpAnswer): boolean {
  return status >= 200 && status < 300;
}

/** Ids of this tenant: the other one has not seen them, or has and cannot open them. */
export function ownIds(own: HttpParty, other: HttpParty): string[] {
  const opens = ({ reached }: HttpParty, id: string): boolean =>
    [...reached.values()].some((paths) =>
      [...paths].some((path) => path.split('/').includes(encodeURIComponent(id))),
    );
  return [...own.knows.ids.keys()].filter(
    (id) => !other.knows.values.has(id) || (opens(own, id) && !opens(other, id)),
  );
}
