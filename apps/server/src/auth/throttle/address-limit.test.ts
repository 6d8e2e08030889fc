import { describe, expect, it } from 'vitest';
import { AddressLimit } from './address-limit.js';

const BUDGET = { attempts: 5, perSeconds: 50, networks: 3 };
const REFUSED = expect.objectContaining({ code: 'LOG_IN_THROTTLED' });

describe('AddressLimit', () => {
  it('gives each network its attempts, and gives them back in time', () => {
    let now = 0;
    const limit = new AddressLimit(BUDGET, () => now);
    for (let at = 0; at < 5; at += 1) limit.take('one');
    expect(() => limit.take('one')).toThrow(REFUSED);
    expect(() => limit.take('one')).toThrow(expect.objectContaining({ retryAfterSeconds: 10 }));
    limit.take('two');
    now = 9_500;
    expect(() => limit.take('one')).toThrow(expect.objectContaining({ retryAfterSeconds: 1 }));
    now = 10_000;
    limit.take('one');
    expect(() => limit.take('one')).toThrow(REFUSED);
  });

  it('counts only what fails', () => {
    const limit = new AddressLimit(BUDGET, () => 0);
    for (let at = 0; at < 100; at += 1) limit.take('one')();
    for (let at = 0; at < 5; at += 1) limit.take('one');
    expect(() => limit.take('one')).toThrow(REFUSED);
  });

  it('remembers so many networks, those that were heard of last', () => {
    const limit = new AddressLimit(BUDGET, () => 0);
    for (let at = 0; at < 5; at += 1) limit.take('one');
    for (const other of ['two', 'three']) limit.take(other);
    expect(() => limit.take('one')).toThrow(REFUSED);
    for (const other of ['four', 'five', 'six']) limit.take(other);
    limit.take('one');
  });
});
