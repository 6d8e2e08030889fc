import {
  BadRequestException,
  Controller,
  Get,
  HttpException,
  InternalServerErrorException,
  Param,
} from '@nestjs/common';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Public } from './public.decorator.js';
import { startApp, type TestApp } from './test-app.fixture.js';

const SECRET = 'a row of somebody, HOSTILE-SECRET';

const thrower = (): never => {
  throw new Error(SECRET);
};

/** An object whose every property throws, read in any way. */
const unreadable = (target: object): unknown =>
  new Proxy(target, {
    get: thrower,
    has: thrower,
    getPrototypeOf: thrower,
    ownKeys: thrower,
    getOwnPropertyDescriptor: thrower,
  });

function circle(): Error {
  const error = new Error(SECRET);
  error.cause = error;
  return error;
}

/** Whatever may be thrown; what comes of it is INTERNAL unless it says otherwise. */
const THROWN: Record<string, readonly [make: () => unknown, status?: number]> = {
  undefined: [() => undefined],
  null: [() => null],
  'a number': [() => 42],
  'a text': [() => SECRET],
  'a symbol': [() => Symbol(SECRET)],
  'a bigint': [() => 10n ** 40n],
  'a function': [() => () => SECRET],
  'a list': [() => [SECRET, new Error(SECRET)]],
  'a promise': [() => Promise.reject(new Error(SECRET)).catch(() => SECRET)],
  'an error': [() => new Error(SECRET)],
  'an error without a prototype': [() => Object.setPrototypeOf(new Error(SECRET), null)],
  'an error that is frozen': [() => Object.freeze(new Error(SECRET))],
  'a circle of causes': [circle],
  'causes without end': [
    () => {
      let error = new Error(SECRET);
      for (let depth = 0; depth < 10_000; depth += 1) error = new Error(SECRET, { cause: error });
      return error;
    },
  ],
  'an AggregateError': [() => new AggregateError([new Error(SECRET), circle()], SECRET)],
  'getters that throw': [
    () =>
      Object.defineProperties(new Error(SECRET), {
        message: { get: thrower },
        stack: { get: thrower },
        code: { get: thrower },
        cause: { get: thrower },
        status: { get: thrower },
        statusCode: { get: thrower },
        response: { get: thrower },
      }),
  ],
  'texts that throw': [
    () =>
      Object.assign(new Error(SECRET), {
        toString: thrower,
        toJSON: thrower,
        [Symbol.toPrimitive]: thrower,
      }),
  ],
  'a proxy that cannot be read': [() => unreadable(new Error(SECRET))],
  'a proxy as a cause': [() => new Error(SECRET, { cause: unreadable({}) })],
  'a status of its own': [() => Object.assign(new Error(SECRET), { status: 200, statusCode: 204 })],
  'a status of nowhere': [() => Object.assign(new Error(SECRET), { status: 'x', statusCode: 999 })],
  'a response of its own': [
    () => Object.assign(new Error(SECRET), { response: { data: SECRET, headers: { a: SECRET } } }),
  ],
  'what looks like ours': [
    () => ({
      name: 'RingfenceError',
      code: 'NOT_FOUND',
      status: 200,
      errors: [{ pointer: SECRET }],
    }),
  ],
  'what looks like ours by prototype': [
    () => Object.assign(new Error(SECRET), { code: 'NO_SUCH_CODE', errors: [{ message: SECRET }] }),
  ],
  "Nest's with a text": [() => new BadRequestException(SECRET), 400],
  "Nest's with an object": [
    () => new BadRequestException({ message: [SECRET], secret: SECRET }),
    400,
  ],
  "Nest's of a strange status": [() => new HttpException(SECRET, 299), 400],
  "Nest's own 500": [() => new InternalServerErrorException({ secret: SECRET })],
  "Nest's that cannot be read": [
    () =>
      Object.assign(new BadRequestException(SECRET), { getStatus: thrower, getResponse: thrower }),
  ],
  "Fastify's": [
    () =>
      Object.assign(new Error(SECRET), {
        code: 'FST_ERR_VALIDATION',
        statusCode: 400,
        validation: [SECRET],
      }),
    500,
  ],
  "Fastify's body": [
    () => Object.assign(new Error(SECRET), { code: 'FST_ERR_CTP_BODY_TOO_LARGE' }),
    413,
  ],
  "PostgreSQL's": [
    () =>
      Object.assign(new Error(SECRET), {
        code: '23505',
        detail: `Key (email)=(${SECRET}) already exists.`,
        hint: SECRET,
        where: SECRET,
        internalQuery: SECRET,
        file: SECRET,
      }),
    409,
  ],
  "PostgreSQL's with a code of a function": [
    () => Object.assign(new Error(SECRET), { code: 'ZZ999', detail: SECRET }),
  ],
  "Prisma's": [
    () =>
      Object.assign(new Error(SECRET), {
        name: 'PrismaClientKnownRequestError',
        code: 'P2002',
        meta: { target: [SECRET], driverAdapterError: { cause: { detail: SECRET } } },
      }),
  ],
};

@Public('test')
@Controller()
class HostileController {
  @Get('throw/:kind')
  throw(@Param('kind') kind: string): never {
    throw THROWN[kind]?.[0]();
  }

  @Get('reject/:kind')
  reject(@Param('kind') kind: string): Promise<never> {
    return Promise.reject(THROWN[kind]?.[0]());
  }
}

let test: TestApp;
beforeAll(async () => {
  test = await startApp([HostileController], {
    // Error mappers of an application have faults too.
    mapError: (error) => {
      if (error === SECRET) throw new Error(SECRET);
      return undefined;
    },
  });
});
afterAll(() => test.app.close());

describe.each(['throw', 'reject'])('a handler that %ss', (how) => {
  it.each(Object.entries(THROWN))('%s', async (kind, [, status = 500]) => {
    const before = test.logged().length;
    const answer = await test.app.inject({ url: `/${how}/${encodeURIComponent(kind)}` });
    await new Promise((resolve) => setImmediate(resolve));
    const line = test.logged().slice(before);
    expect(answer.statusCode).toBe(status);
    expect(answer.headers['content-type']).toContain('application/problem+json');
    const document = answer.json();
    expect(Object.keys(document)).toEqual([
      'type',
      'title',
      'status',
      'detail',
      'code',
      'requestId',
    ]);
    expect(answer.body).not.toContain('HOSTILE-SECRET');
    expect(JSON.stringify(answer.headers)).not.toContain('HOSTILE-SECRET');
    expect(line).toContain(`"requestId":"${document.requestId}"`);
    expect(line).not.toContain('HOSTILE-SECRET');
  });
});
