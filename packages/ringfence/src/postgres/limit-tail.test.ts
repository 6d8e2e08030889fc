import { describe, expect, it } from 'vitest';
import { limitTail } from './limit-tail.js';

const TEXT = 'SELECT id FROM notes WHERE folder_id = $1 LIMIT $2 OFFSET $3';

describe('limitTail', () => {
  it.each([
    ['a text, as Prisma gives it', '50', '0'],
    ['a number', 50, 0],
    ['a bigint', 50n, 0n],
  ])('writes the limit out: %s', (_how, limit, offset) => {
    expect(limitTail(TEXT)?.fix(['f', limit, offset])).toEqual({
      text: 'SELECT id FROM notes WHERE folder_id = $1 LIMIT 50 OFFSET 0',
      values: ['f'],
    });
  });

  it('writes an offset of nothing out where there is no limit', () => {
    expect(limitTail('SELECT id FROM notes WHERE id = $1 OFFSET $2')?.fix(['n', '0'])).toEqual({
      text: 'SELECT id FROM notes WHERE id = $1 OFFSET 0',
      values: ['n'],
    });
  });

  it.each([
    ['an offset', ['f', '50', '20']],
    ['no number', ['f', '50; DROP TABLE notes', '0']],
    ['a sign', ['f', '-1', '0']],
    ['a fraction', ['f', 1.5, 0]],
    ['another script’s digits', ['f', '٥٠', '0']],
    ['spaces', ['f', ' 50', '0']],
    ['NULL', ['f', null, '0']],
    ['a great number', ['f', '99999', '0']],
    ['too few values', ['50', '0']],
    ['no values', undefined],
  ])('leaves %s to the server', (_what, values) => {
    expect(limitTail(TEXT)?.fix(values)).toBeUndefined();
  });

  it.each([
    'SELECT id FROM notes LIMIT $2 OFFSET $1',
    'SELECT id FROM notes WHERE size > $2 LIMIT $2 OFFSET $3',
    'SELECT id FROM notes WHERE size > $3 OFFSET $2',
    'SELECT id FROM notes LIMIT $1',
    'SELECT id FROM notes LIMIT 5 OFFSET 0',
    'SELECT id FROM notes LIMIT $1 OFFSET $2 FOR UPDATE',
  ])('leaves %s as it is', (text) => {
    expect(limitTail(text)).toBeUndefined();
  });

  it('writes out few limits of one text, so that page sizes do not fill the server', () => {
    const tail = limitTail(TEXT);
    const fixed = Array.from({ length: 30 }, (_, limit) => tail?.fix(['f', limit, 0])?.text);
    expect(new Set(fixed.filter(Boolean)).size).toBe(8);
    expect(tail?.fix(['f', 0, 0])?.text).toBe(fixed[0]);
  });
});
