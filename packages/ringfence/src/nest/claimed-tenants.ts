import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import { REPEATED, type SingleHeader, singleHeader } from './single-header.js';

/**
 * A place of the request that names a tenant: `name` is a slug or an id, `host` a whole host name (of
 * several labels) that the directory may know. With neither, the place is there and cannot be read.
 */
export interface TenantClaim {
  readonly source: 'host' | 'address' | 'header';
  readonly name?: string;
  readonly host?: string;
}

/** Where tenants may be named. */
export interface ClaimPlaces {
  /** In lower case, the longest first. */
  readonly baseDomains: readonly string[];
  /** In lower case. */
  readonly tenantHeader: string;
}

const AUTHORITY = /^(\[[0-9a-f:.]+\]|[^:[\]]+)(?::\d{0,5})?$/i;
const LABEL = /^[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?$/;
const ABSOLUTE_TARGET = /^https?:\/\/([^/?#]*)/i;

/**
 * Lists what a request says about its tenant besides the token. None of it is believed: it may only
 * agree with the token. Forwarded headers are not read at all; a proxy passes `Host` on.
 *
 * @see RFC 9112, section 3.2 (the authority of an absolute-form target)
 */
export function claimedTenants(raw: IncomingMessage, places: ClaimPlaces): TenantClaim[] {
  const header = singleHeader(raw, places.tenantHeader);
  const target = ABSOLUTE_TARGET.exec(raw.url ?? '')?.[1];
  return [
    ...hostClaims('host', singleHeader(raw, 'host'), places.baseDomains),
    ...hostClaims('host', singleHeader(raw, ':authority'), places.baseDomains),
    ...hostClaims('address', target, places.baseDomains),
    ...headerClaims(header),
  ];
}

function headerClaims(header: SingleHeader): TenantClaim[] {
  if (header === undefined) return [];
  return [header === REPEATED ? { source: 'header' } : { source: 'header', name: header.trim() }];
}

function hostClaims(
  source: 'host' | 'address',
  authority: SingleHeader,
  baseDomains: readonly string[],
): TenantClaim[] {
  // HTTP/1.0, and HTTP/1.1 with an empty Host, name nobody.
  if (authority === undefined || authority === '') return [];
  if (authority === REPEATED) return [{ source }];
  const host = AUTHORITY.exec(authority)?.[1]?.toLowerCase().replace(/\.$/, '');
  if (host === undefined) return [{ source }];
  if (host.startsWith('[') || isIP(host) !== 0 || baseDomains.includes(host)) return [];
  if (host.length > 253 || !host.split('.').every((label) => LABEL.test(label))) {
    return [{ source }];
  }
  const base = baseDomains.find((domain) => host.endsWith(`.${domain}`));
  if (base !== undefined) return [{ source, name: host.slice(0, -base.length - 1) }];
  // A single label is nobody's own host. It may be a slug or an id, which the directory knows as well:
  // asked for it, we would tell any tenant which others exist.
  return host.includes('.') ? [{ source, host }] : [];
}
