import { describe, expect, it } from 'vitest';
import { isDeeperThan } from './json-depth.js';

const deep = (text: string, limit: number) => isDeeperThan(Buffer.from(text), limit);

describe('isDeeperThan', () => {
  it.each([
    ['1', 0],
    ['[]', 1],
    ['{"a":[1,{"b":2}]}', 3],
    ['[[],[],[[]]]', 3],
    ['"[[[["', 0],
    [String.raw`["\"[[", "\\"]`, 1],
    ['{"[":{"{":1}}', 2],
  ])('%s is %d deep', (text, depth) => {
    expect(deep(text, depth)).toBe(false);
    if (depth > 0) expect(deep(text, depth - 1)).toBe(true);
  });

  it('reads what is no JSON without harm', () => {
    for (const text of ['', ']]]]', '"', '"\\', '}{}{']) expect(deep(text, 1)).toBe(false);
  });
});
