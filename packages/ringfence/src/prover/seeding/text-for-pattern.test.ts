import { expect, it } from 'vitest';
import { textForPattern } from './text-for-pattern.js';

it.each([
  '^[A-Z]{3}-\\d{4}$',
  '^#[0-9a-f]{6}$',
  '^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$',
  '^(draft|live|gone)$',
  '^\\w+@\\w+\\.[a-z]{2,}$',
  '^[^/]+/[^/]+$',
  '^v\\d+(\\.\\d+)*$',
])('makes a text that %s matches', (pattern) => {
  for (const last of [true, false]) {
    const text = textForPattern(pattern, (choices) => (last ? choices - 1 : 0));
    expect(text).toMatch(new RegExp(pattern));
  }
});

it('gives up on what it does not understand', () => {
  for (const pattern of ['(?=x)y', '[abc', '(a']) {
    expect(textForPattern(pattern, () => 0)).toBeUndefined();
  }
});
