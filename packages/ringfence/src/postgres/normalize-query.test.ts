import { describe, expect, it, vi } from 'vitest';
import { normalizeQuery, settle } from './normalize-query.js';

describe('normalizeQuery', () => {
  it('reduces every overload to one shape on the extended protocol', () => {
    const callback = (): void => undefined;
    const wanted = { text: 'SELECT $1', values: [1], queryMode: 'extended' };
    expect(normalizeQuery(['SELECT $1', [1]]).config).toEqual(wanted);
    expect(normalizeQuery([{ text: 'SELECT $1', values: [1] }]).config).toEqual(wanted);
    expect(normalizeQuery([{ text: 'SELECT $1' }, [1]]).config).toEqual(wanted);
    expect(normalizeQuery(['SELECT $1', [1], callback]).callback).toBe(callback);
    expect(normalizeQuery(['SELECT 1', callback]).callback).toBe(callback);
    expect(normalizeQuery([{ text: 'SELECT 1', callback }]).callback).toBe(callback);
  });

  it('drops the name of a statement and keeps the rest of its config', () => {
    const { config } = normalizeQuery([{ name: 's1', text: 'SELECT 1', rowMode: 'array' }]);
    expect(config).toEqual({ text: 'SELECT 1', rowMode: 'array', queryMode: 'extended' });
  });

  it.each([
    ['a submittable', { submit: () => undefined }],
    ['nothing', undefined],
    ['a number', 7],
  ])('refuses %s', (_case, first) => {
    expect(() => normalizeQuery([first])).toThrow(/cursors or query streams/);
  });
});

describe('settle', () => {
  it('hands results and errors to a callback, out of the promise chain', async () => {
    const callback = vi.fn();
    expect(settle(Promise.resolve(1), callback)).toBeUndefined();
    settle(Promise.reject(new Error('no')), callback);
    await new Promise((resolve) => setImmediate(resolve));
    expect(callback.mock.calls).toEqual([[undefined, 1], [new Error('no')]]);
  });
});
