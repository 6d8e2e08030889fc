import { isIPv6 } from 'node:net';
import type { FastifyReply } from 'fastify';
import { RateLimiterMemory, type RateLimiterRes } from 'rate-limiter-flexible';
import { RingfenceError } from 'ringfence/errors';

/** How often something may be asked for. */
export interface StrangerLimitOptions {
  readonly times: number;
  readonly seconds: number;
}

/**
 * Counts what people without a token ask for, by whatever key they have: the network that they come
 * from, the address that they name. In this process: two servers allow twice as much.
 *
 * @example
 * const limit = new StrangerLimit({ times: 20, seconds: 3600 });
 * await limit.takeOrRefuse(networkOf(client.address), reply);
 */
export class StrangerLimit {
  readonly #counter: RateLimiterMemory;

  constructor({ times, seconds }: StrangerLimitOptions) {
    this.#counter = new RateLimiterMemory({ points: times, duration: seconds });
  }

  /** @throws RingfenceError `RATE_LIMITED`, with the header `Retry-After` on the reply. */
  async takeOrRefuse(key: string, reply: FastifyReply): Promise<void> {
    const wait = await this.#waitSeconds(key);
    if (wait === 0) return;
    reply.header('retry-after', wait);
    throw new RingfenceError('RATE_LIMITED');
  }

  /** @returns whether it may be done. */
  async take(key: string): Promise<boolean> {
    return (await this.#waitSeconds(key)) === 0;
  }

  async #waitSeconds(key: string): Promise<number> {
    try {
      await this.#counter.consume(key);
      return 0;
    } catch (refused) {
      // The package rejects with the count when it is used up, and with an Error when it is broken.
      if (refused instanceof Error) throw refused;
      return Math.max(1, Math.ceil((refused as RateLimiterRes).msBeforeNext / 1000));
    }
  }
}

/**
 * The network that an address stands for: itself, or for IPv6 the 64 bits that one customer has to
 * himself.
 *
 * @param address as `RequestClient` has it.
 * @see RFC 6177 "IPv6 Address Assignment to End Sites"
 */
export function networkOf(address: string | undefined): string {
  if (address === undefined) return 'unknown';
  if (!isIPv6(address)) return address;
  const [head = '', tail] = address.split('::');
  const groups = head === '' ? [] : head.split(':');
  if (tail !== undefined) {
    const after = tail === '' ? [] : tail.split(':');
    while (groups.length + after.length < 8) groups.push('0');
    groups.push(...after);
  }
  return `${groups
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':')}::/64`;
}
