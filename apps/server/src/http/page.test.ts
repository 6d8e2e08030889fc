import { describe, expect, it } from 'vitest';
import { encodeCursor } from './cursor.js';
import { pageArguments, pageQuery, toPage } from './page.js';

const row = (number: number) => ({
  id: `0b6d9a5e-57f4-4c39-9f2b-6d4f6f2f9a0${number}`,
  createdAt: new Date(Date.UTC(2026, 10, 23, 15, 0, number)),
});
const rows = (count: number) => Array.from({ length: count }, (_, index) => row(index));

describe('pageQuery', () => {
  it('asks for twenty items from the start', () => {
    expect(pageQuery.parse({})).toEqual({ limit: 20 });
  });

  it('reads the cursor', () => {
    expect(pageQuery.parse({ limit: '2', cursor: encodeCursor(row(1)) })).toEqual({
      limit: 2,
      cursor: row(1),
    });
  });

  it.each([
    { limit: '0' },
    { limit: '101' },
    { limit: '-1' },
    { limit: '1.5' },
    { limit: 'abc' },
    { limit: '' },
    { limit: '0x10' },
    { limit: '1e1' },
    { limit: ' 5' },
    { limit: ['1', '2'] },
    { cursor: 'abc' },
    { cursor: '' },
    { cursor: [encodeCursor(row(1)), encodeCursor(row(2))] },
    { offset: '1' },
    { tenantId: row(1).id },
  ])('refuses %j', (query) => {
    expect(pageQuery.safeParse(query).success).toBe(false);
  });
});

describe('a page', () => {
  const page = (found: number) => toPage(rows(found), { limit: 2 }, ({ id }) => id);

  it('is asked for with one row more than it shows', () => {
    expect(pageArguments({ limit: 2 }).take).toBe(3);
  });

  it('ends the list when there is no such row', () => {
    expect(page(0)).toEqual({ items: [], nextCursor: null });
    expect(page(2)).toEqual({ items: [row(0).id, row(1).id], nextCursor: null });
  });

  it('else points behind the last row that it shows', () => {
    expect(page(3)).toEqual({
      items: [row(0).id, row(1).id],
      nextCursor: encodeCursor(row(1)),
    });
  });
});
