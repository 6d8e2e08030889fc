import { isIP } from 'node:net';

/**
 * The network of an address: /24 of IPv4, /48 of IPv6, what one site usually has. Enough to tell "from
 * somewhere else", and no address of a person. It is kept as it is: a hash of one of 16 million prefixes
 * hides nothing.
 *
 * @returns `undefined` for what is no address.
 * @example
 * networkPrefix('203.0.113.9'); // 203.0.113.0/24
 * networkPrefix('2001:db8:1:2::9'); // 2001:db8:1::/48
 */
export function networkPrefix(address: string): string | undefined {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1] ?? address;
  const version = isIP(mapped);
  if (version === 4) return `${mapped.slice(0, mapped.lastIndexOf('.'))}.0/24`;
  if (version !== 6) return undefined;
  const groups = firstGroups(mapped.split('%')[0] ?? '');
  return `${groups.map((group) => Number.parseInt(group, 16).toString(16)).join(':')}::/48`;
}

/** The first three groups of an IPv6 address, however it is shortened. */
function firstGroups(address: string): string[] {
  const [left = '', right] = address.split('::');
  const before = left === '' ? [] : left.split(':');
  const after = right ? right.split(':') : [];
  const gap = right === undefined ? 0 : 8 - before.length - after.length;
  return [...before, ...Array<string>(Math.max(gap, 0)).fill('0'), ...after].slice(0, 3);
}
