import {
  BadRequestException,
  Body,
  ConflictException,
  Controller,
  ForbiddenException,
  Get,
  Head,
  HttpException,
  InternalServerErrorException,
  NotFoundException,
  Param,
  Post,
  Query,
  Res,
  ServiceUnavailableException,
} from '@nestjs/common';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { RingfenceError } from '../errors/index.js';
import { Public } from './public.decorator.js';
import { startApp, type TestApp } from './test-app.fixture.js';

const NewNote = z
  .object({ title: z.string().max(20), tags: z.array(z.string()).optional() })
  .strict();

/** A schema of an application that says too much. */
const Refined = z.object({
  name: z.string().refine(() => false, { error: ({ input }) => `${input} is taken` }),
});

const THROWN: Record<string, () => Error> = {
  ringfence: () =>
    new RingfenceError('LAST_OWNER', { detail: 'SECRET', cause: new Error('SECRET') }),
  'http-400': () => new BadRequestException('SECRET'),
  'http-400-list': () => new BadRequestException(['a.b: SECRET', 'SECRET']),
  'http-403': () => new ForbiddenException('SECRET'),
  'http-404': () => new NotFoundException('SECRET'),
  'http-409': () => new ConflictException({ secret: 'SECRET' }),
  'http-418': () => new HttpException('SECRET', 418),
  'http-500': () => new InternalServerErrorException('SECRET'),
  'http-503': () => new ServiceUnavailableException('SECRET'),
  'http-cause': () =>
    new BadRequestException('SECRET', { cause: new RingfenceError('LAST_OWNER') }),
  mapped: () => Object.assign(new Error('SECRET'), { name: 'Mapped' }),
  'map-fails': () => Object.assign(new Error('SECRET'), { name: 'MapFails' }),
  postgres: () => Object.assign(new Error('SECRET'), { code: '23505', detail: 'SECRET' }),
  plain: () => new Error('SECRET'),
  nothing: () => undefined as unknown as Error,
  text: () => 'SECRET' as unknown as Error,
};

@Public('test')
@Controller()
class ThrowingController {
  @Get('throw/:kind')
  throw(@Param('kind') kind: string): never {
    throw THROWN[kind]?.();
  }

  @Head('heads')
  heads(): never {
    throw new RingfenceError('CONFLICT');
  }

  @Post('notes')
  create(@Body({ schema: NewNote }) note: object): object {
    return note;
  }

  @Post('raw')
  raw(@Body() body: unknown): unknown {
    return body ?? null;
  }

  @Get('notes/:id')
  read(
    @Param('id', { schema: z.uuid() }) id: string,
    @Query('limit', { schema: z.coerce.number().max(100).optional() }) limit?: number,
    @Query('q') q?: string,
  ): object {
    return { id, limit, q };
  }

  @Post('refines')
  refines(@Body({ schema: Refined }) body: object): object {
    return body;
  }

  @Get('half')
  half(@Res() reply: { raw: { writeHead(s: number): void; write(t: string): void } }): never {
    reply.raw.writeHead(200);
    reply.raw.write('half an ');
    throw new Error('SECRET');
  }
}

let test: TestApp;
let url: string;
beforeAll(async () => {
  test = await startApp([ThrowingController], {
    mapError: (error) => {
      if ((error as Error)?.name === 'MapFails') throw new Error('SECRET of the mapper');
      if ((error as Error)?.name === 'Mapped') return new RingfenceError('HAS_CHILDREN');
      return undefined;
    },
  });
  url = await test.listen();
});
afterAll(() => test.app.close());

const post = (url: string, payload: string, type = 'application/json') =>
  test.app.inject({ method: 'POST', url, payload, headers: { 'content-type': type } });

describe('a thrown error', () => {
  it.each([
    ['ringfence', 409, 'LAST_OWNER'],
    ['http-400', 400, 'VALIDATION_FAILED'],
    ['http-400-list', 400, 'VALIDATION_FAILED'],
    ['http-403', 403, 'PERMISSION_DENIED'],
    ['http-404', 404, 'NOT_FOUND'],
    ['http-409', 409, 'CONFLICT'],
    ['http-418', 400, 'VALIDATION_FAILED'],
    ['http-500', 500, 'INTERNAL'],
    ['http-503', 503, 'SERVICE_UNAVAILABLE'],
    ['http-cause', 409, 'LAST_OWNER'],
    ['mapped', 409, 'HAS_CHILDREN'],
    ['map-fails', 500, 'INTERNAL'],
    ['postgres', 409, 'ALREADY_EXISTS'],
    ['plain', 500, 'INTERNAL'],
    ['nothing', 500, 'INTERNAL'],
    ['text', 500, 'INTERNAL'],
  ])('%s becomes %i %s and shows nothing of itself', async (kind, status, code) => {
    const answer = await test.app.inject(`/throw/${kind}`);
    expect(answer.statusCode).toBe(status);
    expect(answer.headers['content-type']).toBe('application/problem+json; charset=utf-8');
    const problem = answer.json();
    expect(problem).toMatchObject({ code, status, requestId: answer.headers['x-request-id'] });
    expect(problem.type).toBe(`urn:ringfence:problem:${code.toLowerCase().replaceAll('_', '-')}`);
    expect(answer.body).not.toContain('SECRET');
    expect(test.lines().at(-1)).toMatchObject({ status, code, requestId: problem.requestId });
  });

  it('keeps the path of the list that the pipe of Nest makes', async () => {
    const answer = await test.app.inject('/throw/http-400-list');
    expect(answer.json().errors).toEqual([{ pointer: '/a/b', message: 'Not valid.' }]);
  });

  it('has no body on HEAD', async () => {
    const answer = await fetch(`${url}/heads`, { method: 'HEAD' });
    expect([answer.status, await answer.text()]).toEqual([409, '']);
    expect(answer.headers.get('content-type')).toContain('problem+json');
  });

  it('behind half an answer breaks the connection', async () => {
    await expect(fetch(`${url}/half`).then((answer) => answer.text())).rejects.toThrow();
    await vi.waitFor(() => expect(test.lines().at(-1)).toMatchObject({ route: '/half' }));
    expect(test.lines().at(-1)).toMatchObject({
      route: '/half',
      code: 'INTERNAL',
      brokenOff: true,
    });
  });

  it('never takes over a request id from outside', async () => {
    const answer = await test.app.inject({
      url: '/throw/plain',
      headers: { 'x-request-id': 'mine' },
    });
    expect(answer.headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/);
  });
});

describe('a request that cannot be read', () => {
  it.each([
    ['malformed JSON', '{"title":', 400, 'BODY_MALFORMED'],
    ['an empty body with a JSON type', '', 400, 'BODY_MALFORMED'],
    ['a body too large', `"${'x'.repeat(20_000)}"`, 413, 'BODY_TOO_LARGE'],
    ['a __proto__ key', '{"__proto__":{"admin":true}}', 400, 'BODY_MALFORMED'],
    ['a constructor key', '{"constructor":{"prototype":{}}}', 400, 'BODY_MALFORMED'],
  ])('%s', async (_case, body, status, code) => {
    for (const url of ['/notes', '/raw']) {
      const answer = await post(url, body);
      expect(answer.json()).toMatchObject({ status, code });
      expect(test.lines().at(-1)).toMatchObject({ status, code, route: url, method: 'POST' });
    }
  });

  it('an unsupported media type', async () => {
    const answer = await post('/notes', '<xml/>', 'application/xml');
    expect(answer.json()).toMatchObject({ status: 415, code: 'UNSUPPORTED_MEDIA_TYPE' });
  });

  it('an invalid content length', async () => {
    const answer = await test.app.inject({
      method: 'POST',
      url: '/notes',
      payload: '{}',
      headers: { 'content-type': 'application/json', 'content-length': '7' },
    });
    expect(answer.json()).toMatchObject({ status: 400, code: 'BODY_MALFORMED' });
  });

  it.each([
    ['malformed percent-encoding', '/notes/%zz?secret=SECRET'],
    ['an overlong parameter', `/notes/${'SECRET'.repeat(500)}`],
  ])('%s', async (_case, url) => {
    const answer = await test.app.inject(url);
    expect(answer.json()).toMatchObject({ status: 400, code: 'ADDRESS_MALFORMED' });
    expect(answer.body).not.toContain('SECRET');
    expect(answer.headers['content-type']).toContain('application/problem+json');
    expect(test.lines().at(-1)).toMatchObject({ code: 'ADDRESS_MALFORMED', status: 400 });
    expect(test.lines().at(-1)).toMatchObject({ requestId: answer.json().requestId });
  });

  it.each([
    ['GET', '/nowhere/SECRET'],
    ['DELETE', '/notes'],
    ['GET', '//'],
    ['OPTIONS', '/notes'],
  ] as const)('%s %s leads nowhere', async (method, url) => {
    const answer = await test.app.inject({ method, url });
    expect(answer.json()).toMatchObject({ status: 404, code: 'NOT_FOUND' });
    expect(answer.body).not.toContain('SECRET');
    expect(test.lines().at(-1)).toMatchObject({ status: 404, route: null, method });
  });
});

describe('a request that is not valid', () => {
  const UUID = 'aaaaaaaa-0000-4000-8000-00000000000a';

  it.each([
    ['an unknown field', { title: 'a', tenantId: 'x' }, ['/tenantId']],
    ['two unknown fields', { title: 'a', 'a/b': 1, 'c~d': 1 }, ['/a~1b', '/c~0d']],
    ['a missing field', {}, ['/title']],
    ['a wrong type', { title: 7 }, ['/title']],
    ['something deeper', { title: 'a', tags: ['b', 3] }, ['/tags/1']],
    ['another kind of body', [], ['']],
    ['null', null, ['']],
    ['NUL', { title: 'a\0' }, ['/title']],
    ['NUL in a key', { 'a\0': 'a' }, ['']],
    ['half a surrogate pair', { title: 'a', tags: ['\ud800'] }, ['/tags/0']],
  ])('%s in the body', async (_case, body, pointers) => {
    const answer = await post('/notes', JSON.stringify(body));
    expect(answer.json()).toMatchObject({ status: 400, code: 'VALIDATION_FAILED' });
    const { errors } = answer.json();
    expect(errors.map(({ pointer }: { pointer: string }) => pointer)).toEqual(pointers);
  });

  it('a good one passes', async () => {
    expect((await post('/notes', '{"title":"ok 😀"}')).json()).toEqual({ title: 'ok 😀' });
    expect((await test.app.inject(`/notes/${UUID}?limit=7`)).json()).toEqual({
      id: UUID,
      limit: 7,
    });
  });

  it('a missing body', async () => {
    const answer = await test.app.inject({ method: 'POST', url: '/notes' });
    expect(answer.json()).toMatchObject({ code: 'VALIDATION_FAILED', errors: [{ pointer: '' }] });
  });

  it('NUL where no schema looks', async () => {
    const answer = await post('/raw', JSON.stringify({ deep: [{ er: 'a\0b' }] }));
    expect(answer.json()).toMatchObject({ errors: [{ pointer: '/deep/0/er' }] });
    const form = await post('/raw', 'a=%00', 'application/x-www-form-urlencoded');
    expect(form.json()).toMatchObject({ errors: [{ pointer: '/a' }] });
  });

  it.each([
    ['/notes/7', '/id'],
    ['/notes/a%00b', '/id'],
    [`/notes/${UUID}?limit=101`, '/limit'],
    [`/notes/${UUID}?limit=x`, '/limit'],
    [`/notes/${UUID}?q=%00`, '/q'],
    [`/notes/${UUID}?q=a&q=%00`, '/q/1'],
  ])('%s names %s', async (url, pointer) => {
    const answer = await test.app.inject(url);
    expect(answer.json()).toMatchObject({ code: 'VALIDATION_FAILED', errors: [{ pointer }] });
  });

  it('does not repeat a value that the schema put into its message', async () => {
    const answer = await post('/refines', '{"name":"SECRET"}');
    expect(answer.json().errors).toEqual([{ pointer: '/name', message: 'Not valid.' }]);
  });

  it('lists a limited number of errors, each of limited length', async () => {
    const many = Object.fromEntries(
      Array.from({ length: 60 }, (_, n) => [`k${n}${'x'.repeat(120)}`, 1]),
    );
    const { errors } = (await post('/notes', JSON.stringify({ title: 'a', ...many }))).json();
    expect(errors).toHaveLength(20);
    expect(errors[0].pointer.length).toBeLessThan(110);
  });
});
