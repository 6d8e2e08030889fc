import { describe, expect, it } from 'vitest';
import { findUnstorableText } from './unstorable-text.js';

/** `depth` lists in one another around a value. */
function nested(depth: number, value: unknown): unknown {
  let whole = value;
  for (let level = 0; level < depth; level += 1) whole = [whole];
  return whole;
}

describe('findUnstorableText', () => {
  it.each([
    ['a NUL character', 'a\0b'],
    ['half a surrogate pair', 'a\ud800b'],
  ])('finds %s and says where', (_, text) => {
    expect(findUnstorableText(text)).toEqual([]);
    expect(findUnstorableText({ a: 1, b: { c: ['x', text] } })).toEqual(['b', 'c', '1']);
    expect(findUnstorableText({ b: { [text]: 1 } })).toEqual(['b']);
  });

  it.each([
    [undefined],
    [null],
    [1],
    ['whole \u{1f3f3} pairs, \u0001 and "quotes"'],
    [{ a: ['b', { c: null }] }],
    [Buffer.from([0])],
  ])('finds nothing in %j', (value) => {
    expect(findUnstorableText(value)).toBeUndefined();
  });

  it('goes through a body of any depth in one pass', () => {
    // What fits into a body of a few hundred kilobytes; with a path per level this takes minutes.
    expect(findUnstorableText(nested(200_000, 'text'))).toBeUndefined();
    expect(findUnstorableText(nested(200_000, 'a\0b'))).toHaveLength(32);
  });
});
