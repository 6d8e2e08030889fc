import type { IncomingMessage } from 'node:http';
import { RingfenceError } from 'ringfence/errors';
import type { Origin, OriginRules } from '../origins/origin-rules.js';

/**
 * Checks that a request for which a browser adds a cookie was made by a page of ours: its `Origin` (which
 * no page can forge, and which every browser sends along with a POST) is our own host or an allowed one,
 * and `Sec-Fetch-Site`, where a browser knows it, agrees. The header that asks for cookie mode is the
 * second proof: a foreign page cannot add it without a preflight, which is refused.
 *
 * @returns the origin; `undefined` for a page on this very host that stands for no tenant.
 * @throws RingfenceError `CROSS_SITE_REFUSED`
 * @see OWASP Cross-Site Request Forgery Prevention Cheat Sheet, "Verifying Origin With Standard Headers"
 */
export async function checkSameSite(
  rules: OriginRules,
  raw: IncomingMessage,
  https: boolean,
): Promise<Origin | undefined> {
  const { origin: header, host } = raw.headers;
  const site = raw.headers['sec-fetch-site'];
  if (site !== undefined && site !== 'same-origin' && site !== 'same-site') throw refused();
  const origin = await rules.find(header);
  const hostTenant = await rules.hostTenant(raw);
  if (origin?.kind === 'tenant' && hostTenant !== undefined && hostTenant !== origin.name) {
    throw refused();
  }
  const isOwn = header === `${https ? 'https' : 'http'}://${host?.toLowerCase()}`;
  if (!origin && !isOwn) throw refused();
  if (origin || hostTenant === undefined) return origin;
  return { kind: 'tenant', name: hostTenant };
}

function refused(): RingfenceError {
  return new RingfenceError('CROSS_SITE_REFUSED');
}
