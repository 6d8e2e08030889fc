import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BreachedPasswords } from './breached-passwords.js';

const folder = mkdtempSync(path.join(tmpdir(), 'ringfence-breached-'));
afterAll(() => rmSync(folder, { recursive: true }));

const sha1 = (text: string) => createHash('sha1').update(text).digest('hex').toUpperCase();

function list(name: string, lines: readonly string[], end = '\r\n', last = end): BreachedPasswords {
  const file = path.join(folder, name);
  writeFileSync(file, lines.join(end) + (lines.length > 0 ? last : ''));
  return new BreachedPasswords(file);
}

describe('a list of 100,000 digests', () => {
  const passwords = Array.from({ length: 100_000 }, (_, at) => `breached ${at}`);
  const digests = passwords.map((each) => sha1(each)).sort();
  let lists: BreachedPasswords[];
  beforeAll(() => {
    const count = () => randomBytes(4).readUInt32BE() % 10 ** (1 + ((randomBytes(1)[0] ?? 0) % 8));
    lists = [
      list(
        'counted',
        digests.map((each) => `${each}:${count()}`),
      ),
      list('bare', digests, '\n', ''),
    ];
  });

  it('knows each of them, the first and the last too, and no other', async () => {
    const first = passwords.find((each) => sha1(each) === digests[0]) ?? '';
    const last = passwords.find((each) => sha1(each) === digests.at(-1)) ?? '';
    for (const each of lists) {
      for (const known of [first, last, ...passwords.slice(0, 1000)]) {
        expect(await each.has(known)).toBe(true);
      }
      for (let at = 0; at < 1000; at += 1) expect(await each.has(`not breached ${at}`)).toBe(false);
    }
  });
});

it.each([0, 1, 2, 3])('works with %i lines', async (length) => {
  const known = Array.from({ length }, (_, at) => `word ${at}`);
  const short = list(`short-${length}`, known.map((each) => `${sha1(each)}:1`).sort());
  for (const each of known) expect(await short.has(each)).toBe(true);
  expect(await short.has('another')).toBe(false);
});

it('fails when the list is not there', async () => {
  await expect(new BreachedPasswords('/nowhere').has('x')).rejects.toThrow(/ENOENT/);
});
