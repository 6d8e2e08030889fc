import { describe, expect, it } from 'vitest';
import { readDomain } from './domain-name.js';

const BASES = ['localhost', 'app.example.com'];

describe('readDomain', () => {
  it.each([
    ['docs.acme.example', 'docs.acme.example'],
    ['DOCS.Acme.Example.', 'docs.acme.example'],
    ['bücher.example', 'xn--bcher-kva.example'],
    ['日本語。example', 'xn--wgv71a119e.example'],
    ['xn--bcher-kva.example', 'xn--bcher-kva.example'],
    ['acme.co.uk', 'acme.co.uk'],
    ['1.acme.example', '1.acme.example'],
    ['notexample.com', 'notexample.com'],
    ['other.example.com', 'other.example.com'],
  ])('reads %s as %s', (text, domain) => {
    expect(readDomain(text, BASES)).toEqual({ domain });
  });

  it.each([
    // Ours, and what ours stands below.
    'app.example.com',
    'acme.app.example.com',
    'example.com',
    'globex.localhost',
    'localhost',
    // Addresses, in every spelling.
    '127.0.0.1',
    '127.1',
    '0x7f.1',
    '2130706433',
    '127.0.0.1.',
    '[::1]',
    '::1',
    '1.2.3.4.5',
    // No public name.
    'acme',
    'acme.local',
    'acme.internal',
    'x.home.arpa',
    'acme.test',
    'hidden.onion',
    '4.3.2.1.in-addr.arpa',
    // Nobody's own.
    'co.uk',
    'com.au',
    'org.uk',
    // No host.
    '',
    '.',
    '..',
    'a..example',
    '.example.org',
    'a.example..',
    '-a.example',
    'a-.example',
    'a_b.example',
    '_ringfence-challenge.acme.example',
    '*.acme.example',
    'acme.example:443',
    'acme.example/x',
    'https://acme.example',
    'user@acme.example',
    'acme.example?x',
    'acme.example#x',
    'acme%2eexample',
    'acme.example\\x',
    'acme .example',
    'acme.example\n',
    'acme\u0000.example',
    `${'a'.repeat(64)}.example`,
    `${'a.'.repeat(120)}example`,
    'a\u00adb',
    'xn--a.example',
  ])('refuses %j', (text) => {
    expect(readDomain(text, BASES)).toHaveProperty('fault');
  });
});
