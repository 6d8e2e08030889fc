import { isIP } from 'node:net';
import { REPEATED, type SingleHeader, singleHeader } from './single-header.js';
import type { RequestHead } from './tenant-claim.js';

/** A host is there and cannot be read: repeated, or no name of a host. */
export const UNREADABLE = Symbol('unreadable');

const AUTHORITY = /^(\[[0-9a-f:.]+\]|[^:[\]]+)(?::\d{0,5})?$/i;
const LABEL = /^[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?$/;
const ABSOLUTE_TARGET = /^https?:\/\/([^/?#]*)/i;

/**
 * The hosts that a request names, in lower case, without port and closing dot: in `Host`, in
 * `:authority` (HTTP/2) and in an absolute target. An IP address names nobody and is left out. Forwarded
 * headers are not read: anybody may write them, and a proxy passes `Host` on.
 *
 * @see RFC 9112, section 3.2; RFC 9113, section 8.3.1; RFC 1034, section 3.1 (the closing dot)
 */
export function namedHosts(request: RequestHead): (string | typeof UNREADABLE)[] {
  const authorities: SingleHeader[] = [
    singleHeader(request, 'host'),
    singleHeader(request, ':authority'),
    ABSOLUTE_TARGET.exec(request.originalUrl ?? request.url ?? '')?.[1],
  ];
  return authorities.flatMap(readAuthority);
}

function readAuthority(authority: SingleHeader): (string | typeof UNREADABLE)[] {
  // HTTP/1.0, and HTTP/1.1 with an empty Host, name nobody.
  if (authority === undefined || authority === '') return [];
  if (authority === REPEATED) return [UNREADABLE];
  const host = AUTHORITY.exec(authority)?.[1]?.toLowerCase().replace(/\.$/, '');
  if (host === undefined) return [UNREADABLE];
  if (host.startsWith('[') || isIP(host) !== 0) return [];
  const readable = host.length <= 253 && host.split('.').every((label) => LABEL.test(label));
  return [readable ? host : UNREADABLE];
}
