import { describe, expect, it } from 'vitest';
import { line, nameLine, text } from './text.js';

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

describe('nameLine', () => {
  it.each([
    'Ünïcödé 日本語 עברית',
    '🏳️‍🌈 👩🏽‍💻',
    '\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645',
    '\u0915\u094d\u200d\u0937',
    "Zoë O'Brien-Smith",
  ])('keeps %j as it is', (value) => {
    expect(nameLine(100).parse(value)).toBe(value);
  });

  it.each([
    ['a line end', 'Bob\nAdmin'],
    ['NUL', 'Bob\u0000'],
    ['an escape', '\u001b[31mBob'],
    ['a C1 control', 'Bob\u0085'],
    ['a line separator', 'Bob\u2028Admin'],
    ['a bidi override', 'Bob\u202enimda'],
    ['a bidi isolate', '\u2066Bob\u2069'],
    ['a direction mark', 'Bob\u200f'],
    ['a zero-width space', 'Ow\u200bner'],
    ['a joiner in Latin', 'Ow\u200dner'],
    ['a non-joiner in front', '\u200cOwner'],
    ['a word joiner', 'Ow\u2060ner'],
    ['a byte order mark', '\ufeffOwner'],
    ['a soft hyphen', 'Ow\u00adner'],
    ['a filler', '\u3164'],
    ['a tag', 'Owner\u{e0041}'],
  ])('refuses %s', (_, value) => {
    expect(nameLine(100).safeParse(value).success).toBe(false);
  });

  it('shows something and ends somewhere, as any line', () => {
    expect(nameLine(100).safeParse(' ').success).toBe(false);
    expect(nameLine(3).safeParse('abcd').success).toBe(false);
  });
});
