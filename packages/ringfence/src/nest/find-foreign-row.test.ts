import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { markRowTenant } from '../context/index.js';
import { findForeignRow } from './find-foreign-row.js';
import { A, B } from './test-app.fixture.js';

const own = () => markRowTenant({ id: 1, title: 'own' }, A.id);
const stray = () => markRowTenant({ id: 2, title: 'stray' }, B.id);

class Page {
  constructor(readonly items: readonly object[]) {}
}

class Hidden {
  readonly #row = stray();
  toJSON(): object {
    return { row: this.#row };
  }
}

describe('findForeignRow', () => {
  it.each([
    ['itself', stray()],
    ['with its tenant shown', { ...stray(), tenantId: B.id }],
    ['with another tenant shown', { ...stray(), tenantId: A.id }],
    ['a spread copy', { ...stray(), title: 'changed' }],
    ['an assigned copy', Object.assign({}, stray())],
    ['in an array', [own(), own(), stray()]],
    ['below an own one', { ...own(), notes: [stray()] }],
    ['in a property', { items: [{ deep: { deeper: stray() } }], nextCursor: null }],
    ['in a class', new Page([own(), stray()])],
    ['in a Map, as a value', new Map([['k', stray()]])],
    ['in a Map, as a key', new Map([[stray(), 'v']])],
    ['in a Set', new Set([own(), stray()])],
    ['in toJSON', new Hidden()],
    ['behind a getter', { get row() { return stray(); } }], // biome-ignore format: one line reads better
    ['as a prototype', Object.create(stray())],
  ])('finds one %s', (_case, body) => {
    expect(findForeignRow(body, A.id)).toBe(B.id);
  });

  it.each([
    ['own rows', [own(), { ...own() }]],
    ['unmarked objects', { tenantId: B.id, note: { tenant_id: B.id } }],
    ['text', `${B.id} ${JSON.stringify(stray())}`],
    ['JSON text in a row', { ...own(), body: JSON.stringify({ tenantId: B.id }) }],
    ['nothing', null],
    ['undefined', undefined],
    ['a number', 7],
    ['a date', new Date()],
    ['bytes', Buffer.from(B.id)],
    ['a big array of bytes', new Uint8Array(1_000_000)],
    ['a stream', Readable.from([B.id])],
  ])('passes %s', (_case, body) => {
    expect(findForeignRow(body, A.id)).toBeUndefined();
  });

  it('finds any row where there is no tenant', () => {
    expect(findForeignRow({ items: [own()] }, undefined)).toBe(A.id);
  });

  it('ends on circles and goes as deep as needed', () => {
    const circle: { self?: object; row?: object } = {};
    circle.self = circle;
    expect(findForeignRow(circle, A.id)).toBeUndefined();
    circle.row = stray();
    expect(findForeignRow(circle, A.id)).toBe(B.id);
    let deep: object = stray();
    for (let n = 0; n < 100_000; n += 1) deep = [deep];
    expect(findForeignRow(deep, A.id)).toBe(B.id);
  });

  it('does not use up a generator, and does not wait for an endless one', () => {
    function* rows(): Generator<object> {
      for (;;) yield own();
    }
    const generator = rows();
    expect(findForeignRow({ generator }, A.id)).toBeUndefined();
    expect(generator.next().done).toBe(false);
  });
});
