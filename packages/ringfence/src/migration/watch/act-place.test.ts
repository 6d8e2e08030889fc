import { describe, expect, it } from 'vitest';
import { ActPlace } from './act-place.js';

describe('ActPlace', () => {
  it('remembers what it passed over until it comes', () => {
    const place = new ActPlace('5');
    for (const id of ['6', '9', '8']) place.pass(id);
    expect([place.last, place.gaps()]).toEqual(['9', ['7']]);
    place.pass('7');
    expect(String(place)).toBe('9');
  });

  it('does not wait for ever, nor for what was before the first', () => {
    let now = 0;
    const place = new ActPlace('0', () => now);
    place.pass('1000000');
    expect(place.gaps()).toEqual([]);
    place.pass('1000003');
    expect(place.gaps()).toEqual(['1000001', '1000002']);
    now = 300_001;
    expect(place.gaps()).toEqual([]);
  });

  it('is the same after it was written down', () => {
    const place = new ActPlace('5');
    place.pass('8');
    const again = new ActPlace(String(place));
    expect([again.last, again.gaps()]).toEqual(['8', ['6', '7']]);
  });

  it.each(['', 'nonsense', '5; DROP', '-1', '99999999999999999999999'])(
    'takes %j for the beginning',
    (text) => {
      expect(new ActPlace(text).last).toBe('0');
    },
  );

  it('keeps a bounded number of gaps', () => {
    const place = new ActPlace('1');
    place.pass('999999999999');
    expect(place.gaps().length).toBe(10_000);
  });
});
