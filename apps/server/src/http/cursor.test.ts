import { describe, expect, it } from 'vitest';
import { decodeCursor, encodeCursor } from './cursor.js';

const ID = '0b6d9a5e-57f4-4c39-9f2b-6d4f6f2f9a01';
const CREATED = new Date('2026-11-23T15:00:00.123Z');

const written = (value: unknown): string =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');

describe('a cursor', () => {
  it('comes back as it was, to the millisecond', () => {
    expect(decodeCursor(encodeCursor({ createdAt: CREATED, id: ID }))).toEqual({
      createdAt: CREATED,
      id: ID,
    });
  });

  it('holds the position and nothing else of the row', () => {
    const row = { createdAt: CREATED, id: ID, name: 'secret' };
    expect(Buffer.from(encodeCursor(row), 'base64url').toString()).not.toContain('secret');
  });

  it.each([
    ['nothing', ''],
    ['no base64url', '%%%'],
    ['no JSON', written('{')],
    ['null', written(null)],
    ['a list', written([])],
    ['no id', written({ createdAt: CREATED })],
    ['another field', written({ createdAt: CREATED, id: ID, tenantId: ID })],
    ['an id that is no UUID', written({ createdAt: CREATED, id: "' OR 1=1 --" })],
    ['a time that is no time', written({ createdAt: '2026-13-45T00:00:00.000Z', id: ID })],
    ['a year before PostgreSQL', written({ createdAt: '0000-01-01T00:00:00.000Z', id: ID })],
    ['finer than a millisecond', written({ createdAt: '2026-11-23T15:00:00.123456Z', id: ID })],
    ['too long', 'a'.repeat(201)],
  ])('with %s is none', (_, cursor) => {
    expect(decodeCursor(cursor)).toBeUndefined();
  });
});
