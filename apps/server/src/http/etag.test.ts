import { describe, expect, it } from 'vitest';
import { etagOf, isFresh, rowWanted, wantedVersions } from './etag.js';

describe('If-Match', () => {
  it.each([
    [undefined, 'any'],
    ['*', 'any'],
    ['"v3"', [3]],
    [' "v3" , "v12" ', [3, 12]],
    ['"v3", "other"', [3]],
    ['W/"v3"', []],
    ['v3', []],
    ['', []],
    ['"v-1"', []],
    ['"v99999999999999999999"', []],
    ['"v1" OR 1=1', []],
  ])('%j lets through %j', (header, wanted) => {
    expect(wantedVersions(header)).toEqual(wanted);
  });

  it('matches what the row was answered with', () => {
    expect(wantedVersions(etagOf({ version: 7 }))).toEqual([7]);
  });

  it('becomes part of the condition of the write itself', () => {
    expect(rowWanted('x', 'any')).toEqual({ id: 'x' });
    expect(rowWanted('x', [1, 2])).toEqual({ id: 'x', version: { in: [1, 2] } });
    expect(rowWanted('x', [])).toEqual({ id: 'x', version: { in: [] } });
  });
});

describe('If-None-Match', () => {
  it.each([
    [undefined, false],
    ['*', true],
    ['"v2"', true],
    ['W/"v2"', true],
    ['"v1", "v2"', true],
    ['"v1"', false],
    ['v2', false],
  ])('%j is fresh: %j', (header, fresh) => {
    expect(isFresh(header, { version: 2 })).toBe(fresh);
  });
});
