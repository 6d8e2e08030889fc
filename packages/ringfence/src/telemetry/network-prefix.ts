import { isIP } from 'node:net';

/**
 * The network that an address belongs to, as coarse as people move about in one: 24 bits of an IPv4
 * address, the 48 bits of a site of an IPv6 one. An IPv4 address in an IPv6 one is taken out of it.
 *
 * @returns `undefined` for anything that is no address.
 * @see RFC 6177 "IPv6 Address Assignment to End Sites"
 * @example
 * networkPrefix('203.0.113.9'); // '203.0.113.0/24'
 * networkPrefix('2001:db8:7:1::9'); // '2001:db8:7::/48'
 */
export function networkPrefix(address: string | undefined): string | undefined {
  const [text = ''] = (address ?? '').split('%');
  const mapped = /^::ffff:([\d.]+)$/i.exec(text)?.[1] ?? text;
  if (isIP(mapped) === 4) return `${mapped.split('.').slice(0, 3).join('.')}.0/24`;
  if (isIP(text) !== 6) return undefined;
  const [head = '', tail] = text.split('::');
  const groups = head === '' ? [] : head.split(':');
  const after = tail ? tail.split(':') : [];
  while (tail !== undefined && groups.length + after.length < 8) groups.push('0');
  const site = [...groups, ...after].slice(0, 3).map((group) => Number.parseInt(group, 16));
  return `${site.map((group) => group.toString(16)).join(':')}::/48`;
}
