import { BlockList, isIP } from 'node:net';

/**
 * Reads a list of proxies: addresses and networks in CIDR notation, separated by commas.
 *
 * @returns `undefined` when an entry is neither.
 * @example
 * parseProxies('10.0.0.0/8, 192.0.2.1');
 */
export function parseProxies(text: string): BlockList | undefined {
  const list = new BlockList();
  for (const entry of text.split(',').map((part) => part.trim())) {
    if (entry === '') continue;
    const [address = '', prefix, ...rest] = entry.split('/');
    const version = isIP(address);
    const bits = version === 4 ? 32 : 128;
    if (version === 0 || rest.length > 0 || !/^\d{1,3}$/.test(prefix ?? `${bits}`))
      return undefined;
    const length = Number(prefix ?? bits);
    if (length > bits) return undefined;
    list.addSubnet(address, length, version === 4 ? 'ipv4' : 'ipv6');
  }
  return list;
}

/**
 * Whose request this is: the address at the other end of the connection or, when that is a trusted
 * proxy, the last one in `X-Forwarded-For` that is none. What stands further left was written by that
 * one and may be anything.
 *
 * @param forwarded the header `X-Forwarded-For`.
 * @returns in plain form: no zone, no port, IPv4 as IPv4; `undefined` when the connection has gone.
 * @example
 * clientAddress('10.0.0.7', '198.51.100.4, 203.0.113.9', proxies); // 203.0.113.9
 */
export function clientAddress(
  connection: string | undefined,
  forwarded: string | undefined,
  proxies: BlockList,
): string | undefined {
  let address = plainAddress(connection ?? '');
  const passedOn = forwarded?.split(',') ?? [];
  while (address !== undefined && isProxy(proxies, address)) {
    const before = plainAddress(passedOn.pop()?.trim() ?? '');
    if (before === undefined) return address;
    address = before;
  }
  return address;
}

function isProxy(proxies: BlockList, address: string): boolean {
  return proxies.check(address, isIP(address) === 4 ? 'ipv4' : 'ipv6');
}

function plainAddress(text: string): string | undefined {
  // Some proxies write the port as well.
  const bare =
    /^\[([^\]]+)\](?::\d+)?$/.exec(text)?.[1] ?? /^([\d.]+):\d+$/.exec(text)?.[1] ?? text;
  const [address = ''] = bare.split('%');
  const mapped = /^::ffff:([\d.]+)$/i.exec(address)?.[1];
  if (mapped && isIP(mapped) === 4) return mapped;
  return isIP(address) === 0 ? undefined : address.toLowerCase();
}
