import * as argon2 from '@node-rs/argon2';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { DEMO_PASSWORD, hashPassword, isDemoPassword, verifyPassword } from './password.js';

// The real thing, counted.
vi.mock('@node-rs/argon2', async (original) => {
  const real = await original<typeof argon2>();
  return { ...real, verify: vi.fn(real.verify) };
});
const verify = vi.mocked(argon2.verify);

beforeEach(() => {
  verify.mockClear();
});

describe('hashPassword', () => {
  it('writes argon2id with 19 MiB, two passes and one lane, each time with another salt', async () => {
    const hashes = await Promise.all([hashPassword('secret'), hashPassword('secret')]);
    for (const hash of hashes) expect(hash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    expect(hashes[0]).not.toBe(hashes[1]);
  });
});

describe('verifyPassword', () => {
  it.each([
    ['plain', 'correct horse', 'correct horse', true],
    ['another one', 'correct horse', 'correct horsf', false],
    ['upper case', 'correct horse', 'Correct Horse', false],
    ['a blank behind it', 'correct horse', 'correct horse ', false],
    ['a NUL and more behind it', 'secret', 'secret\0more', false],
    ['composed and decomposed', 'caf\u00e9', 'cafe\u0301', true],
    ['full width', 'abc1', '\uff41\uff42\uff43\uff11', true],
    ['emoji', '🔑🐴', '🔑🐴', true],
    ['long ones that differ at the end', `${'x'.repeat(1000)}a`, `${'x'.repeat(1000)}b`, false],
  ])('%s', async (_, stored, typed, right) => {
    expect(await verifyPassword(await hashPassword(stored), typed)).toBe(right);
  });

  it.each([
    ['a hash', 'hash'],
    ['no hash', undefined],
    ['null', null],
    ['an empty text', ''],
    ['an unreadable hash', 'not a hash'],
    ['a hash cut off', '$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHQ'],
  ])('costs one verification of the same cost with %s', async (_, stored) => {
    const hash = stored === 'hash' ? await hashPassword('right') : stored;
    expect(await verifyPassword(hash, 'wrong')).toBe(false);
    expect(verify).toHaveBeenCalledTimes(1);
    const used = verify.mock.calls[0]?.[0] ?? '';
    expect(argon2.parseOptions(used)).toMatchObject({
      algorithm: 2,
      memoryCost: 19_456,
      timeCost: 2,
      parallelism: 1,
      outputLen: 32,
      saltLen: 16,
    });
  });
});

describe('the demo password', () => {
  it('is known however it was typed', () => {
    expect(isDemoPassword(DEMO_PASSWORD)).toBe(true);
    expect(isDemoPassword(`\uff52${DEMO_PASSWORD.slice(1)}`)).toBe(true);
    expect(isDemoPassword('ringfence-demo2')).toBe(false);
  });
});
