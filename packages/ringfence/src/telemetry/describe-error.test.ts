import { describe, expect, it } from 'vitest';
import { RingfenceError } from '../errors/index.js';
import { describeError } from './describe-error.js';

class OddError extends Error {}

describe('describeError', () => {
  it('tells kind, code and places of an error and its causes, and no message', () => {
    const cause = Object.assign(new OddError('SECRET'), { code: '23505', detail: 'SECRET' });
    const described = describeError(new RingfenceError('INTERNAL', { cause, detail: 'SECRET' }));
    expect(described).toMatchObject({
      type: 'RingfenceError',
      code: 'INTERNAL',
      cause: { type: 'OddError', code: '23505' },
    });
    expect(described.stack?.[0]).toMatch(/^at .*describe-error\.test\.ts:\d+:\d+\)?$/);
    expect(JSON.stringify(described)).not.toContain('SECRET');
  });

  it.each([
    ['a message of several lines', () => new Error('one\n    at SECRET (/secret:1:1)\n SECRET')],
    ['a message changed later', () => Object.assign(new Error('SECRET'), { message: 'other' })],
    ['a stack of its own', () => Object.assign(new Error('a'), { stack: 'SECRET\nat SECRET' })],
    ['a name of its own', () => Object.assign(new Error('a'), { name: 'SECRET is my name' })],
    ['a code that is a text', () => Object.assign(new Error('a'), { code: 'SECRET: no' })],
    ['other properties', () => Object.assign(new Error('a'), { meta: { row: 'SECRET' } })],
    ['a cause that is a text', () => new Error('a', { cause: 'SECRET' })],
    ['no error at all', () => 'SECRET'],
    ['an object', () => ({ row: 'SECRET', message: 'SECRET' })],
    ['an AggregateError', () => new AggregateError([new Error('SECRET')], 'SECRET')],
    ['a getter that throws', () => Object.defineProperty({}, 'code', { get: thrower })],
  ])('holds back %s', (_case, make) => {
    expect(JSON.stringify(describeError(make()))).not.toContain('SECRET');
  });

  it('ends on causes that go round', () => {
    const error = new Error('a');
    error.cause = error;
    expect(JSON.stringify(describeError(error)).match(/"type"/g)).toHaveLength(5);
  });
});

function thrower(): never {
  throw new Error('SECRET');
}
