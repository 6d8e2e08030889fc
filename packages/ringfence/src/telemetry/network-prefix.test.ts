import { describe, expect, it } from 'vitest';
import { networkPrefix } from './network-prefix.js';

describe('networkPrefix', () => {
  it.each([
    ['203.0.113.9', '203.0.113.0/24'],
    ['::ffff:203.0.113.9', '203.0.113.0/24'],
    ['2001:db8:7:1::9', '2001:db8:7::/48'],
    ['2001:DB8:0007:1:2:3:4:5', '2001:db8:7::/48'],
    ['2001:db8::1', '2001:db8:0::/48'],
    ['::1', '0:0:0::/48'],
    ['fe80::1%eth0', 'fe80:0:0::/48'],
  ])('of %s is %s', (address, network) => {
    expect(networkPrefix(address)).toBe(network);
  });

  it.each([undefined, '', 'localhost', '203.0.113', '203.0.113.9, 1.2.3.4', 'x\n1.2.3.4'])(
    'of %j is nothing',
    (address) => {
      expect(networkPrefix(address)).toBeUndefined();
    },
  );
});
