import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { type AccountKey, AccountKeys } from './account-keys.js';

const newKey = (kid: string): AccountKey => ({ kid, secret: randomBytes(32) });
const [old, fresh] = [newKey('old'), newKey('fresh')];
const before = new AccountKeys(() => [old]);
const overlap = new AccountKeys(() => [fresh, old]);
const after = new AccountKeys(() => [fresh]);
const SECRET = Buffer.from('twenty bytes of it..');

describe('mac', () => {
  it('is verified for its message and purpose only', () => {
    const mac = before.mac('refresh-token', 'a message');
    expect(mac).toMatch(/^[\w-]{43}$/);
    expect(before.verifyMac('refresh-token', 'a message', mac)).toBe(true);
    expect(before.verifyMac('refresh-token', 'a massage', mac)).toBe(false);
    expect(before.verifyMac('person-link', 'a message', mac)).toBe(false);
    for (const other of ['', mac.slice(1), `${mac}AA`, '€']) {
      expect(before.verifyMac('refresh-token', 'a message', other)).toBe(false);
    }
  });

  it('outlives a rotation until its key is taken away', () => {
    const mac = before.mac('refresh-token', 'a message');
    expect(overlap.mac('refresh-token', 'a message')).not.toBe(mac);
    expect(overlap.verifyMac('refresh-token', 'a message', mac)).toBe(true);
    expect(after.verifyMac('refresh-token', 'a message', mac)).toBe(false);
  });
});

describe('seal', () => {
  it('opens for its owner and purpose only, and never looks the same twice', () => {
    const sealed = before.seal('second-factor', SECRET, 'tenant user');
    expect(Buffer.from(before.open('second-factor', sealed, 'tenant user') ?? [])).toEqual(SECRET);
    expect(before.seal('second-factor', SECRET, 'tenant user')).not.toEqual(sealed);
    expect(Buffer.from(sealed).includes(SECRET)).toBe(false);
    expect(before.open('second-factor', sealed, 'tenant another')).toBeUndefined();
    expect(before.open('throttle', sealed, 'tenant user')).toBeUndefined();
    for (const at of [0, 15, sealed.length - 1]) {
      const damaged = sealed.map((byte, index) => (index === at ? byte ^ 1 : byte));
      expect(before.open('second-factor', damaged, 'tenant user')).toBeUndefined();
    }
    expect(before.open('second-factor', sealed.subarray(0, 20), 'tenant user')).toBeUndefined();
  });

  it('opens after a rotation until its key is taken away', () => {
    const sealed = before.seal('second-factor', SECRET, 'x');
    expect(overlap.open('second-factor', sealed, 'x')).toBeDefined();
    expect(after.open('second-factor', sealed, 'x')).toBeUndefined();
  });
});

describe('hash', () => {
  it('is one and the same for one message, and depends on the key', () => {
    const hash = before.hash('throttle', 'x');
    expect(hash).toHaveLength(32);
    expect(before.hash('throttle', 'x')).toEqual(hash);
    expect(after.hash('throttle', 'x')).not.toEqual(hash);
  });
});
