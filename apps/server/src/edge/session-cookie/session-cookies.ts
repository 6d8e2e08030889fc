import type { IncomingMessage } from 'node:http';

/** How the cookies of this server are named and kept. */
export interface CookieRules {
  /** Browsers reach us by https: they hold `__Host-` cookies to their rules then, and only then. */
  readonly https: boolean;
  readonly days: number;
}

/** A refresh token as a browser holds it, and for which tenant. */
export interface SessionCookie {
  readonly slug: string;
  readonly token: string;
}

const NAME = 'ringfence-refresh-';

/**
 * The `Set-Cookie` line of a tenant's refresh token. One cookie per tenant, because several may be in use
 * on one host; `__Host-`, so that no sibling host (another tenant's) can put its own in its place.
 *
 * @param token `undefined` takes the cookie away.
 * @see RFC 6265bis, 4.1.3.2 "The `__Host-` Prefix"
 * @example
 * reply.header('set-cookie', sessionCookieLine({ https: true, days: 14 }, 'acme', token));
 */
export function sessionCookieLine(
  rules: CookieRules,
  slug: string,
  token: string | undefined,
): string {
  const seconds = token === undefined ? 0 : rules.days * 86_400;
  const attributes = ['Path=/', `Max-Age=${seconds}`, 'HttpOnly', 'SameSite=Strict'];
  if (rules.https) attributes.push('Secure');
  return [`${prefix(rules)}${slug}=${token ?? ''}`, ...attributes].join('; ');
}

/** The refresh tokens that came along. A name that came twice names nothing: whose is the first? */
export function readSessionCookies(raw: IncomingMessage, rules: CookieRules): SessionCookie[] {
  const found = new Map<string, string | undefined>();
  for (const pair of (raw.headers.cookie ?? '').split(';')) {
    const [name = '', value = ''] = pair.trim().split('=', 2);
    if (!name.startsWith(prefix(rules)) || value === '') continue;
    const slug = name.slice(prefix(rules).length);
    found.set(slug, found.has(slug) ? undefined : value);
  }
  return [...found].flatMap(([slug, token]) => (token === undefined ? [] : [{ slug, token }]));
}

function prefix({ https }: CookieRules): string {
  return https ? `__Host-${NAME}` : NAME;
}
