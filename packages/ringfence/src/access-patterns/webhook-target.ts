import { type LookupAddress, lookup } from 'node:dns';
import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { BlockList, isIP, type LookupFunction } from 'node:net';
import { RingfenceError } from '../errors/index.js';

/** Where alerts are sent to. */
export interface WebhookTarget {
  /** From the configuration of the platform: never an address that a tenant gave. */
  readonly url: string;
  /**
   * May it be in a private network, or be reached without TLS? Default no: a name that somebody makes
   * point to `127.0.0.1` or to the address of the cloud's metadata reaches nothing then.
   */
  readonly allowPrivate?: boolean;
  /** How long one attempt may take, in milliseconds; default 10,000. */
  readonly timeoutMs?: number;
}

/** A status, or why there was none. */
export type PostOutcome = number | 'no answer' | 'address refused';

/** What is nobody's address on the internet: IANA's special-purpose registries of IPv4 and IPv6. */
const SPECIAL = specialAddresses();

/** @throws RingfenceError `CONFIGURATION_INVALID` for an address that nothing can be sent to. */
export function checkTarget({ url, allowPrivate = false }: WebhookTarget): void {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  const fault = (detail: string): RingfenceError =>
    new RingfenceError('CONFIGURATION_INVALID', { detail: `The webhook of alerts ${detail}.` });
  if (!parsed || !/^https?:$/.test(parsed.protocol)) throw fault('is no http(s) address');
  if (parsed.username !== '' || parsed.password !== '') throw fault('has a user name in it');
  if (parsed.protocol === 'http:' && !allowPrivate) throw fault('must begin with https://');
}

/**
 * Sends one signed message. Redirects are not followed, the answer's body is thrown away unread, and the
 * address that is connected to is the one that was looked at.
 */
export function postWebhook(
  { url, allowPrivate = false, timeoutMs = 10_000 }: WebhookTarget,
  headers: Readonly<Record<string, string>>,
  body: string,
): Promise<PostOutcome> {
  const { protocol, hostname } = new URL(url);
  const literal = hostname.replace(/^\[|\]$/g, '');
  // Node looks up no name for it, so that `lookup` below would never be asked.
  if (isIP(literal) !== 0 && !allowPrivate && isSpecial(literal)) {
    return Promise.resolve('address refused');
  }
  const send = protocol === 'https:' ? requestHttps : requestHttp;
  return new Promise((resolve) => {
    let refused = false;
    const options = {
      method: 'POST',
      headers: { ...headers, 'content-length': String(Buffer.byteLength(body)) },
      signal: AbortSignal.timeout(timeoutMs),
      agent: false as const,
      lookup: allowPrivate ? lookup : publicLookup(() => (refused = true)),
    };
    const outgoing = send(url, options, (answer) => {
      const { statusCode } = answer;
      answer.destroy();
      resolve(statusCode ?? 'no answer');
    });
    outgoing.on('error', () => resolve(refused ? 'address refused' : 'no answer'));
    outgoing.end(body);
  });
}

/** Resolves a name to addresses of the internet only; of several, the others are left out. */
function publicLookup(onRefused: () => void): LookupFunction {
  return (name, options, callback) => {
    lookup(name, { ...options, all: true }, (error, addresses) => {
      if (error) return callback(error, []);
      const open = (addresses as LookupAddress[]).filter(({ address }) => !isSpecial(address));
      const [first] = open;
      if (!first) {
        onRefused();
        return callback(new Error('no public address'), []);
      }
      if (options.all) callback(null, open);
      else callback(null, first.address, first.family);
    });
  };
}

function isSpecial(address: string): boolean {
  return SPECIAL.check(address, isIP(address) === 4 ? 'ipv4' : 'ipv6');
}

function specialAddresses(): BlockList {
  const list = new BlockList();
  const networks = `0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12
    192.0.0.0/24 192.0.2.0/24 192.88.99.0/24 192.168.0.0/16 198.18.0.0/15 198.51.100.0/24
    203.0.113.0/24 224.0.0.0/4 240.0.0.0/4 ::/96 ::ffff:0:0/96 64:ff9b::/96 64:ff9b:1::/48 100::/64
    2001::/23 2001:db8::/32 2002::/16 3fff::/20 5f00::/16 fc00::/7 fe80::/10 ff00::/8`;
  for (const network of networks.split(/\s+/)) {
    const [address = '', bits] = network.split('/');
    list.addSubnet(address, Number(bits), isIP(address) === 4 ? 'ipv4' : 'ipv6');
  }
  return list;
}
