import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect, it } from 'vitest';
import { canonical, publicHalf, signingKey } from '../../signing/index.js';
import { signEvidence, verifyEvidence } from './evidence.js';

const { privateKey: key } = generateKeyPairSync('ed25519');
const content = { inputs: { schema: 'ab' }, results: { leaked: 0, list: [1, 'é'] }, version: '1' };

it('evidence verifies, however its JSON is laid out', () => {
  const evidence = signEvidence(content, key);
  const turned = Object.fromEntries(Object.entries(evidence).reverse());
  for (const text of [JSON.stringify(evidence), JSON.stringify(turned, null, 4)]) {
    expect(verifyEvidence(text, publicHalf(key)).results).toEqual(content.results);
  }
});

it('any change is seen', () => {
  const text = JSON.stringify(signEvidence(content, key));
  for (const [from, to] of [
    ['"leaked":0', '"leaked":1'],
    ['"schema":"ab"', '"schema":"ac"'],
    ['"ringfence":"1"', '"ringfence":"2"'],
    ['[1,"é"]', '["é",1]'],
  ] as const) {
    expect(text).toContain(from);
    expect(() => verifyEvidence(text.replace(from, to))).toThrow(/altered/);
  }
  expect(() => verifyEvidence('{}')).toThrow(/not an evidence file/);
  expect(() => verifyEvidence('')).toThrow(/not JSON/);
});

it('another signer is no good where the signer is known', () => {
  const { privateKey: stranger } = generateKeyPairSync('ed25519');
  const text = JSON.stringify(signEvidence(content, stranger));
  expect(verifyEvidence(text).format).toBe('ringfence-evidence/1');
  expect(() => verifyEvidence(text, publicHalf(key))).toThrow(/another key/);
});

it('the key is made once, for its owner alone, and kept', () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'evidence-'));
  const file = path.join(folder, 'key.pem');
  expect(publicHalf(signingKey(file))).toBe(publicHalf(signingKey(file)));
  expect(statSync(file).mode & 0o077).toBe(0);
  writeFileSync(file, 'no key');
  expect(() => signingKey(file)).toThrow(/holds no ed25519/);
  rmSync(folder, { recursive: true });
});

it('canonical JSON sorts members at every depth', () => {
  expect(canonical({ b: [{ d: 1, c: undefined }], a: null })).toBe('{"a":null,"b":[{"d":1}]}');
});
