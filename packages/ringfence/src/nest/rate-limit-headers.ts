import type { RateLimitDecision } from '../limits/index.js';

/**
 * The headers that say where a client stands.
 *
 * `RateLimit-Policy` lists what counts this request (`q` requests in `w` seconds), `RateLimit` says how
 * many are left of the tightest (`r`) and when it is reset (`t`, seconds). The three headers of earlier
 * drafts are sent too: most clients read only those.
 *
 * @see draft-ietf-httpapi-ratelimit-headers-10 (`RateLimit`, `RateLimit-Policy`), -06 (`RateLimit-Limit`,
 *   `-Remaining`, `-Reset`); RFC 9651 "Structured Field Values for HTTP"
 * @example
 * rateLimitHeaders(decision); // [['RateLimit', '"tenant-burst";r=9;t=1'], …]
 */
export function rateLimitHeaders(decision: RateLimitDecision): [string, string | number][] {
  const seconds = Math.max(0, Math.ceil(decision.resetSeconds));
  const remaining = Math.max(0, decision.remaining);
  return [
    [
      'RateLimit-Policy',
      decision.policies
        .map(({ name, requests, seconds: window }) => `${item(name)};q=${requests};w=${window}`)
        .join(', '),
    ],
    ['RateLimit', `${item(decision.policy)};r=${remaining};t=${seconds}`],
    ['RateLimit-Limit', decision.limit],
    ['RateLimit-Remaining', remaining],
    ['RateLimit-Reset', seconds],
  ];
}

/** RFC 9651, section 3.3.3: a string in quotes, printable ASCII. */
function item(name: string): string {
  return `"${name.replace(/[^ -~]/g, '?').replace(/["\\]/g, '\\$&')}"`;
}
