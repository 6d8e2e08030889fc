import { describe, expect, it } from 'vitest';
import { networkPrefix } from './network-prefix.js';

describe('networkPrefix', () => {
  it.each([
    ['203.0.113.9', '203.0.113.0/24'],
    ['::ffff:203.0.113.9', '203.0.113.0/24'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1::/48'],
    ['2001:0DB8:0001::9', '2001:db8:1::/48'],
    ['2001:db8::9', '2001:db8:0::/48'],
    ['::1', '0:0:0::/48'],
    ['fe80::1%eth0', 'fe80:0:0::/48'],
    ['1::', '1:0:0::/48'],
  ])('of %s is %s', (address, network) => {
    expect(networkPrefix(address)).toBe(network);
  });

  it.each(['', 'localhost', '203.0.113', '203.0.113.9:80', 'x::y'])('of %j is none', (text) => {
    expect(networkPrefix(text)).toBeUndefined();
  });
});
