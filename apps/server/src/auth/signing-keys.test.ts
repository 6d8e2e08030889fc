import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  generateSigningKeys,
  parseSigningKeys,
  readSigningKeys,
  type SigningKeysDocument,
  writeSigningKeys,
} from './signing-keys.js';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'ringfence-keys-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const refused = (detail: string | RegExp): object =>
  expect.objectContaining({
    code: 'CONFIGURATION_INVALID',
    detail: expect.stringMatching(detail),
  });

/** One key of a document, which may be changed. */
function key(document: SigningKeysDocument = generateSigningKeys({ demo: false })) {
  const [first] = document.keys;
  if (!first) throw new Error('no key');
  return { ...first };
}

function pems(namedCurve: string) {
  const pair = generateKeyPairSync('ec', { namedCurve });
  return {
    privateKeyPem: pair.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    publicKeyPem: pair.publicKey.export({ type: 'spki', format: 'pem' }).toString(),
  };
}

describe('a key file', () => {
  it('comes back as key objects, whether it was made for the demo or not', () => {
    for (const demo of [true, false]) {
      const file = path.join(folder, `${demo}.json`);
      const document = generateSigningKeys({ demo });
      writeSigningKeys(file, document);
      const keys = readSigningKeys(file);
      expect(keys.demo).toBe(demo);
      expect(keys.signing.kid).toBe(key(document).kid);
      expect(keys.signing.privateKey.type).toBe('private');
      expect([...keys.publicKeys.keys()]).toEqual([keys.signing.kid]);
    }
  });

  it('can be read by its owner only, and is never overwritten', () => {
    const file = path.join(folder, 'once.json');
    writeSigningKeys(file, generateSigningKeys({ demo: true }));
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const before = readFileSync(file, 'utf8');
    expect(() => writeSigningKeys(file, generateSigningKeys({ demo: true }))).toThrow(
      refused('EEXIST'),
    );
    expect(readFileSync(file, 'utf8')).toBe(before);
  });

  it('that is not there or no JSON is named, without its content', () => {
    expect(() => readSigningKeys(path.join(folder, 'none.json'))).toThrow(refused('ENOENT'));
    const file = path.join(folder, 'broken.json');
    writeFileSync(file, '{ "demo": false, "keys": [ -----BEGIN PRIVATE KEY----- c2VjcmV0');
    const error = (() => {
      try {
        readSigningKeys(file);
      } catch (caught) {
        return caught as Error;
      }
    })();
    expect(error).toEqual(refused('not JSON'));
    expect(`${error?.message} ${error?.stack} ${String(error?.cause)}`).not.toContain('c2VjcmV0');
  });
});

describe('the content of a key file', () => {
  it('rotates: the first key signs, all of them verify, an old one needs no private half', () => {
    const [fresh, old] = [key(), key()];
    const keys = parseSigningKeys({
      demo: false,
      keys: [fresh, { kid: old.kid, publicKeyPem: old.publicKeyPem }],
    });
    expect(keys.signing.kid).toBe(fresh.kid);
    expect([...keys.publicKeys.keys()]).toEqual([fresh.kid, old.kid]);
  });

  it.each([
    ['nothing', undefined, 'its top level'],
    ['a list', [], 'its top level'],
    ['no demo flag', { keys: [key()] }, 'at demo'],
    ['no keys', { demo: false, keys: [] }, 'at keys'],
    ['another field', { demo: false, keys: [{ ...key(), d: 'x' }] }, 'at keys.0'],
    [
      'a kid that breaks lines',
      { demo: false, keys: [{ ...key(), kid: 'a\nb' }] },
      'at keys.0.kid',
    ],
    [
      'no PEM',
      { demo: false, keys: [{ ...key(), privateKeyPem: 'x' }] },
      'private half .* not a PEM',
    ],
    ['another curve', { demo: false, keys: [{ kid: 'k', ...pems('P-384') }] }, 'not .* on P-256'],
    [
      'another curve of one size',
      { demo: false, keys: [{ kid: 'k', ...pems('secp256k1') }] },
      'P-256',
    ],
    [
      'halves of two keys',
      { demo: false, keys: [{ ...key(), publicKeyPem: key().publicKeyPem }] },
      'do not belong together',
    ],
    [
      'a first key that cannot sign',
      { demo: false, keys: [{ kid: 'old', publicKeyPem: key().publicKeyPem }, key()] },
      'needs its private half',
    ],
    [
      'one kid twice',
      {
        demo: false,
        keys: [
          { ...key(), kid: 'k' },
          { ...key(), kid: 'k' },
        ],
      },
      'twice',
    ],
  ])('with %s is refused with the reason', (_, document, detail) => {
    expect(() => parseSigningKeys(document)).toThrow(refused(new RegExp(detail)));
  });
});
