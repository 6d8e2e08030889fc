import type { FastifyReply } from 'fastify';
import { describe, expect, it } from 'vitest';
import { networkOf, StrangerLimit } from './stranger-limit.js';

describe('networkOf', () => {
  it.each([
    ['192.0.2.7', '192.0.2.7'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:db8:1:2::99', '2001:db8:1:2::/64'],
    ['2001:0db8::1', '2001:db8:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['2001:db8::', '2001:db8:0:0::/64'],
    [undefined, 'unknown'],
  ])('of %s is %s', (address, network) => expect(networkOf(address)).toBe(network));
});

describe('a limit for strangers', () => {
  it('counts each key by itself and says when to come back', async () => {
    const limit = new StrangerLimit({ times: 2, seconds: 3600 });
    const headers: Record<string, unknown> = {};
    const reply = {
      header: (name: string, value: unknown) => Object.assign(headers, { [name]: value }),
    } as unknown as FastifyReply;
    expect(await limit.take('a')).toBe(true);
    await limit.takeOrRefuse('a', reply);
    expect(headers).toEqual({});
    expect(await limit.take('a')).toBe(false);
    await expect(limit.takeOrRefuse('a', reply)).rejects.toMatchObject({ code: 'RATE_LIMITED' });
    expect(headers['retry-after']).toBeGreaterThan(3500);
    expect(await limit.take('b')).toBe(true);
  });
});
