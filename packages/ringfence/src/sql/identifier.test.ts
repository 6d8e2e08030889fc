import { describe, expect, it } from 'vitest';
import { isRingfenceError } from '../errors/index.js';
import { quoteIdentifier, quoteLiteral, quoteQualified } from './identifier.js';

describe('quoteIdentifier', () => {
  it('quotes plain, reserved, mixed-case and hostile names', () => {
    expect(quoteIdentifier('users')).toBe('"users"');
    expect(quoteIdentifier('select')).toBe('"select"');
    expect(quoteIdentifier('a"; DROP TABLE x; --')).toBe('"a""; DROP TABLE x; --"');
    expect(quoteQualified('My Schema', 'ünï')).toBe('"My Schema"."ünï"');
  });

  it.each([
    ['an empty name', ''],
    ['a NUL character', 'a\0b'],
    ['more than 63 bytes', 'ü'.repeat(32)],
  ])('refuses %s', (_case, name) => {
    expect(() => quoteIdentifier(name)).toThrow(
      expect.toSatisfy((error) => isRingfenceError(error, 'IDENTIFIER_INVALID')),
    );
  });
});

describe('quoteLiteral', () => {
  it('survives quotes and backslashes whatever standard_conforming_strings says', () => {
    expect(quoteLiteral("it's")).toBe("'it''s'");
    expect(quoteLiteral("\\' OR 1=1")).toBe("E'\\\\'' OR 1=1'");
  });
});
