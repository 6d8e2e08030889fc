import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { verifyPassword } from '../password.js';
import { PasswordRules } from './password-rules.js';

const folder = mkdtempSync(path.join(tmpdir(), 'ringfence-rules-'));
afterAll(() => rmSync(folder, { recursive: true }));
const file = path.join(folder, 'breached');
const BREACHED = 'a very good phrase that leaked';
writeFileSync(file, `${createHash('sha1').update(BREACHED).digest('hex')}:3\n`);

const rules = new PasswordRules(file);
const owner = { pointer: '/newPassword', words: ['sam.miller@acme-rockets.test', 'Sam Miller'] };

describe('a new password', () => {
  it.each([
    'correct horse battery staple',
    'alllowercase',
    '            x y z q',
    'пароль из четырёх слов',
    '🐎🔋📎✅🐎🔋📎✅🐎🔋📎⭐',
    'I am Sam Miller and nobody else',
    `${'long '.repeat(51)}x`,
  ])('may be %j', async (password) => {
    const hash = await rules.hash(password, owner);
    expect(await verifyPassword(hash, password)).toBe(true);
  });

  it.each([
    ['elevenchars', 'must have 12 characters or more'],
    ['', 'must have 12 characters or more'],
    // Counted in characters, not in UTF-16 units.
    ['🐎🔋📎✅🐎🔋📎', 'must have 12 characters or more'],
    [`${'x'.repeat(250)}abcdefg`, 'must have 256 characters or fewer'],
    // NFKC makes eighteen characters of this one.
    [`${'\ufdfa'.repeat(15)}abc`, 'must have 256 characters or fewer'],
    ['abababababababab', 'repeats too few characters'],
    ['1qaz2wsx3edc', 'is on a list of known passwords'],
    ['1QAZ2wsx3EDC', 'is on a list of known passwords'],
    ['Sunshine2024!!!', 'is on a list of known passwords'],
    [BREACHED, 'is on a list of known passwords'],
    ['Sam-Miller-2024', 'is little more than your address, your name or ours'],
    ['acme-rockets.test', 'is little more than your address, your name or ours'],
    ['Ringfence2026!', 'is little more than your address, your name or ours'],
  ])('may not be %j', async (password, message) => {
    await expect(rules.hash(password, owner)).rejects.toMatchObject({
      code: 'VALIDATION_FAILED',
      errors: [{ pointer: '/newPassword', message }],
    });
  });
});
