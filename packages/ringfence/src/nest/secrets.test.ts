import { setTimeout as sleep } from 'node:timers/promises';
import { Body, Controller, Get, Logger, Param, Post, Query } from '@nestjs/common';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { markRowTenant } from '../context/index.js';
import { RingfenceError } from '../errors/index.js';
import { AnyMember } from './any-member.decorator.js';
import { NamesOtherTenants } from './names-other-tenants.decorator.js';
import { Public } from './public.decorator.js';
import { RequirePermission } from './require-permission.decorator.js';
import { A, B, bearer, startApp, type TestApp, tokenFor } from './test-app.fixture.js';

/** One known secret of each kind that a request or an error may hold. */
const SECRETS = {
  password: 'correct-horse-PASSWORD',
  email: 'someone.private@mail.example',
  token: 'eyJhbGciOiJFUzI1NiJ9.SECRETTOKEN.c2ln',
  body: 'the text of a confidential DOCUMENT',
  parameter: 'an SQL-PARAMETER value',
  foreign: "a value of the OTHER TENANT's row",
  header: 'a-HEADER-value',
  query: 'a-QUERY-value',
  pathId: 'a-PATH-value',
} as const;
const ALL = Object.values(SECRETS);
const everything = ALL.join('\n    at ');

/** Errors as libraries make them: full of what must not get out. */
const ERRORS: Record<string, () => unknown> = {
  plain: () => new Error(everything),
  cause: () => new Error('outer', { cause: new Error(everything, { cause: everything }) }),
  stack: () => Object.assign(new Error('a'), { stack: `Error: ${everything}\n    at x (/y:1:1)` }),
  name: () => Object.assign(new Error('a'), { name: everything, code: everything }),
  aggregate: () => new AggregateError([new Error(everything)], everything),
  properties: () => Object.assign(new Error('a'), { ...SECRETS, config: { headers: SECRETS } }),
  text: () => everything,
  object: () => ({ ...SECRETS, message: everything, toString: () => everything }),
  'postgres unique': () => postgresError('23505'),
  'postgres foreign key': () => postgresError('23503'),
  'postgres policy': () => postgresError('42501'),
  'postgres syntax': () => postgresError('42601'),
  'postgres NUL': () => postgresError('22021'),
  prisma: () =>
    Object.assign(new Error(`Invalid prisma.user.create() invocation:\n${everything}`), {
      name: 'PrismaClientKnownRequestError',
      code: 'P2002',
      meta: { target: [SECRETS.email], driverAdapterError: new Error(everything) },
      clientVersion: '7',
    }),
  ringfence: () =>
    new RingfenceError('DATABASE_UNAVAILABLE', { cause: Object.assign(new Error(everything)) }),
};

function postgresError(code: string): Error {
  return Object.assign(new Error(`duplicate key: ${everything}`), {
    code,
    severity: 'ERROR',
    detail: `Key (email)=(${SECRETS.email}) already exists. ${everything}`,
    hint: everything,
    where: `unnamed portal parameter $1 = '${SECRETS.parameter}'`,
    table: 'users',
    constraint: 'users_email_key',
    internalQuery: everything,
    query: everything,
    parameters: ALL,
  });
}

const Login = z.object({ email: z.email(), password: z.string().max(5) }).strict();
const foreignNote = markRowTenant({ title: SECRETS.foreign }, B.id);

@AnyMember('test')
@Controller()
class SecretController {
  readonly #logger = new Logger(SecretController.name);

  @Public('test')
  @Get('throw/:kind/:id')
  async throw(@Param('kind') kind: string): Promise<never> {
    await sleep(0);
    throw ERRORS[kind]?.();
  }

  @Public('test')
  @Post('login')
  login(@Body({ schema: Login }) _input: unknown): string {
    return 'ok';
  }

  @Public('test')
  @Get('notes/:id')
  note(
    @Param('id', { schema: z.uuid({ error: (issue) => `no id: ${issue.input}` }) }) _id: string,
    @Query('limit', { schema: z.coerce.number() }) _limit: number,
  ): string {
    return 'ok';
  }

  @RequirePermission('note.delete')
  @Get('forbidden/:id')
  forbidden(): string {
    return 'ok';
  }

  @Get('private/:id')
  private(): string {
    return 'ok';
  }

  @Get('leak/:id')
  leak(): object {
    return [foreignNote];
  }

  @NamesOtherTenants('test')
  @Get('unwritable/:id')
  unwritable(): object {
    // Fails while it is being serialised, past every interceptor.
    return { toJSON: () => { throw new Error(everything); } }; // biome-ignore format: one line
  }

  @Public('test')
  @Get('nest-logs')
  nestLogs(): string {
    const error = new Error(everything);
    this.#logger.error(error);
    this.#logger.error(error.message, error.stack);
    this.#logger.error(error.message, error.stack, 'Context');
    this.#logger.warn(error);
    this.#logger.fatal({ ...SECRETS, error });
    return 'ok';
  }
}

let test: TestApp;
let limited = false;
beforeAll(async () => {
  test = await startApp([SecretController], {
    limiter: {
      async take() {
        const counted = { policy: 'tenant-burst', limit: 1, remaining: 0, resetSeconds: 1 };
        return { ...counted, allowed: !limited, policies: [] };
      },
    },
  });
});
afterAll(() => test.app.close());

const headers = {
  'x-secret': SECRETS.header,
  cookie: `session=${SECRETS.token}`,
  'user-agent': SECRETS.header,
  referer: `http://localhost/?q=${SECRETS.query}`,
};
const tail = `${SECRETS.pathId}?q=${encodeURIComponent(SECRETS.query)}&limit=${SECRETS.query}`;
const get = (url: string, more: object = {}) =>
  test.app.inject({ url, headers: { ...headers, ...more } });
const post = (payload: string, type = 'application/json') =>
  test.app.inject({
    method: 'POST',
    url: `/login?q=${SECRETS.query}`,
    payload,
    headers: { ...headers, 'content-type': type },
  });

/** Every way in which a request can fail, with the status that it ends with. */
const PATHS: [string, number, () => ReturnType<typeof get>][] = [
  ['validation of a body', 400, () => post(JSON.stringify({ ...SECRETS }))],
  ['unknown fields', 400, () => post(JSON.stringify({ email: 'a@b.example', password: everything }))],
  ['validation of parameters', 400, () => get(`/notes/${tail}`)],
  ['NUL', 400, () => post(JSON.stringify({ email: `${everything}\0` }))],
  ['malformed JSON', 400, () => post(`{"password": "${SECRETS.password}", ${everything}`)],
  ['__proto__', 400, () => post(JSON.stringify(SECRETS).replace('{', '{"__proto__":1,'))],
  ['a body too large', 413, () => post(JSON.stringify({ a: everything.repeat(200) }))],
  ['another media type', 415, () => post(everything, `text/${SECRETS.query}`)],
  ['a malformed address', 400, () => get(`/notes/%zz${tail}`)],
  ['an overlong address', 400, () => get(`/notes/${SECRETS.pathId.repeat(200)}?q=${tail}`)],
  ['no token', 401, () => get(`/private/${tail}`)],
  ['a bad token', 401, () => get(`/private/${tail}`, bearer(SECRETS.token))],
  ['another scheme', 401, () => get(`/private/${tail}`, { authorization: `Basic ${SECRETS.token}` })],
  ['another host', 403, () => get(`/private/${tail}`, { ...bearer(tokenFor(A)), host: 'a-HEADER-value.localhost' })],
  ['another tenant header', 403, () => get(`/private/${tail}`, { ...bearer(tokenFor(A)), 'x-tenant': SECRETS.header })],
  ['no permission', 403, () => get(`/forbidden/${tail}`, bearer(tokenFor(A)))],
  ['nowhere', 404, () => get(`/nowhere/${tail}`)],
  ['too many', 429, () => { limited = true; return get(`/private/${tail}`, bearer(tokenFor(A))); }],
  ['a foreign row', 500, () => get(`/leak/${tail}`, bearer(tokenFor(A)))],
  ['serialisation', 500, () => get(`/unwritable/${tail}`, bearer(tokenFor(A)))],
  ...Object.keys(ERRORS).map(
    (kind): [string, number, () => ReturnType<typeof get>] => [
      `thrown: ${kind}`,
      { 'postgres unique': 409, 'postgres foreign key': 404, 'postgres NUL': 400, ringfence: 503 }[kind] ?? 500,
      () => get(`/throw/${encodeURIComponent(kind)}/${tail}`),
    ],
  ),
]; // biome-ignore format: a table

describe('known secrets', () => {
  it('would be seen: the logger does write, and the search does find', async () => {
    test.logger.info({ planted: SECRETS }, everything);
    for (const secret of ALL) expect(test.logged()).toContain(JSON.stringify(secret).slice(1, -1));
    const before = test.lines().length;
    await get('/nowhere');
    expect(test.lines()).toHaveLength(before + 1);
    expect(test.logger.level).toBe('trace');
  });

  it.each(PATHS)('stay out of log and answer: %s', async (_case, status, send) => {
    const before = test.logged().length;
    limited = false;
    const answer = await send();
    await sleep(0);
    const written = test.logged().slice(before);
    expect(answer.statusCode).toBe(status);
    expect(answer.json()).toMatchObject({ status, requestId: expect.any(String) });
    expect(written).not.toContain('brokenOff');
    expect(written).toContain(`"requestId":"${answer.json().requestId}"`);
    for (const secret of ALL) {
      expect(written).not.toContain(JSON.stringify(secret).slice(1, -1));
      expect(answer.body).not.toContain(JSON.stringify(secret).slice(1, -1));
      expect(JSON.stringify(answer.headers)).not.toContain(JSON.stringify(secret).slice(1, -1));
    }
  });

  it("stay out of Nest's own log lines", async () => {
    const before = test.logged().length;
    await get('/nest-logs');
    const written = test.logged().slice(before);
    expect(written.split('\n').filter(Boolean)).toHaveLength(6);
    expect(written).toContain('"context":"SecretController"');
    for (const secret of ALL) expect(written).not.toContain(JSON.stringify(secret).slice(1, -1));
  });
});
