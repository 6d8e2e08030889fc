import { isIP } from 'node:net';
import { domainToASCII } from 'node:url';

/** Letters, digits and inner hyphens: RFC 1123, 2.1. Names with underscores are no hosts. */
const LABEL = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

/** Names that no public DNS answers for: RFC 6761, RFC 6762, RFC 7686, RFC 8375, RFC 9476. */
const SPECIAL = new Set([
  ...['localhost', 'local', 'internal', 'intranet', 'private', 'corp', 'home', 'lan', 'alt'],
  ...['invalid', 'test', 'onion', 'arpa'],
]);

/** What registries sell names under, below a country: `co.uk` is nobody's own. */
const SOLD_UNDER = new Set([
  'ac',
  'co',
  'com',
  'edu',
  'go',
  'gob',
  'gov',
  'gv',
  'ne',
  'net',
  'or',
  'org',
]);

/** A domain as it comes in `Host`, or why it cannot be a tenant's own. */
export type ReadDomain = { readonly domain: string } | { readonly fault: string };

/**
 * Reads the name of a domain that a tenant wants to be found under: in any case, with or without a
 * closing dot, also with letters beyond ASCII (which become punycode, as in `Host`). The longest name
 * leaves room for the label of the challenge.
 *
 * @param baseDomains ours; what is at, below or above them is no domain of a tenant
 * @see RFC 5890, 2.3.2.1 (A-labels); RFC 1035, 2.3.4 (lengths)
 * @example
 * readDomain('Docs.Bücher.example', ['example.com']); // { domain: 'docs.xn--bcher-kva.example' }
 */
export function readDomain(text: string, baseDomains: readonly string[]): ReadDomain {
  const written = text.replace(/[.\u3002\uff0e\uff61]$/, '');
  // A host alone: what a URL would take for a port, a path or an escape is no part of a name.
  if (/[\s/\\:@?#%[\]]/.test(written)) return { fault: 'is not the name of a host' };
  const domain = domainToASCII(written);
  const labels = domain.split('.');
  if (isIP(domain) !== 0 || /^\d+$/.test(labels.at(-1) ?? '')) {
    return { fault: 'is an address and not a name' };
  }
  if (domain.length > 230 || !labels.every((label) => LABEL.test(label))) {
    return { fault: 'is not the name of a host' };
  }
  const [last = '', second = ''] = labels.toReversed();
  if (labels.length < 2) return { fault: 'must have at least two parts' };
  if (SPECIAL.has(last)) return { fault: 'is no name of the public DNS' };
  if (labels.length === 2 && last.length === 2 && SOLD_UNDER.has(second)) {
    return { fault: 'is a domain under which others have theirs' };
  }
  const ours = baseDomains.some(
    (base) => domain === base || domain.endsWith(`.${base}`) || base.endsWith(`.${domain}`),
  );
  return ours ? { fault: 'belongs to this service' } : { domain };
}
