import { describe, expect, it } from 'vitest';
import { line, text } from './text.js';

describe('text', () => {
  it.each([
    "'; DROP TABLE documents; -- ",
    'Ünïcödé 日本語 🏳️‍🌈',
    '\u0001\t\r\n\u202e',
    '\\0 \\x00 %00',
    ' padded ',
    '',
  ])('keeps %j as it is', (value) => {
    expect(text(100).parse(value)).toBe(value);
  });

  it('refuses more than it may hold', () => {
    expect(text(100).safeParse('a'.repeat(101)).success).toBe(false);
  });
});

describe('line', () => {
  it.each(['', ' ', '\t\n', '\u00a0\u3000'])('refuses %j, which shows nothing', (value) => {
    expect(line(100).safeParse(value).success).toBe(false);
  });

  it('keeps white space around what it shows', () => {
    expect(line(100).parse(' a ')).toBe(' a ');
  });
});
