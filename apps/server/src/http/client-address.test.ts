import { describe, expect, it } from 'vitest';
import { clientAddress, parseProxies } from './client-address.js';

const NONE = parseProxies('');
const SOME = parseProxies('10.0.0.0/8, 192.0.2.1, 2001:db8::/32');
if (!NONE || !SOME) throw new Error('The lists could not be read.');

describe('clientAddress', () => {
  it.each([
    ['203.0.113.9', '198.51.100.4', '203.0.113.9'],
    ['::ffff:203.0.113.9', undefined, '203.0.113.9'],
    ['fe80::1%eth0', undefined, 'fe80::1'],
    [undefined, '198.51.100.4', undefined],
  ])('without proxies is the end of the connection: %s', (connection, forwarded, expected) => {
    expect(clientAddress(connection, forwarded, NONE)).toBe(expected);
  });

  it.each([
    ['10.0.0.7', '198.51.100.4', '198.51.100.4'],
    // Whatever the client wrote itself stands on the left.
    ['10.0.0.7', '127.0.0.1, 198.51.100.4', '198.51.100.4'],
    ['10.0.0.7', '127.0.0.1, 198.51.100.4, 10.9.9.9, 192.0.2.1', '198.51.100.4'],
    ['2001:db8::1', '[2001:DB9::5]:4711', '2001:db9::5'],
    ['10.0.0.7', '198.51.100.4:4711', '198.51.100.4'],
    ['::ffff:10.0.0.7', '198.51.100.4', '198.51.100.4'],
    // A proxy that says nothing, or nonsense, is the client itself.
    ['10.0.0.7', undefined, '10.0.0.7'],
    ['10.0.0.7', '198.51.100.4, unknown', '10.0.0.7'],
    ['10.0.0.7', '10.0.0.8', '10.0.0.8'],
    // Not a proxy of ours: nobody is asked whom it speaks for.
    ['203.0.113.9', '198.51.100.4', '203.0.113.9'],
  ])('behind proxies is whom they speak for: %s for %s', (connection, forwarded, expected) => {
    expect(clientAddress(connection, forwarded, SOME)).toBe(expected);
  });
});

describe('parseProxies', () => {
  it.each([
    '10.0.0.0/33',
    '10.0.0',
    'localhost',
    '10.0.0.0/8/9',
    '10.0.0.0/',
    '::/129',
    '1.2.3.4/-1',
  ])('does not read %s', (text) => {
    expect(parseProxies(text)).toBeUndefined();
  });
});
