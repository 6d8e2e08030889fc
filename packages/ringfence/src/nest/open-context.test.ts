import http from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { Body, Controller, Get, Inject, Injectable, Post } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { currentFrame, maybeTenant, type TenantContext } from '../context/index.js';
import { AnyMember } from './any-member.decorator.js';
import { Public } from './public.decorator.js';
import { TENANT_CONTEXT } from './tenant-context.provider.js';
import { A, B, bearer, startApp, type TestApp, tokenFor } from './test-app.fixture.js';

/** An ordinary singleton, as every feature has them. */
@Injectable()
class NotesService {
  constructor(@Inject(TENANT_CONTEXT) private readonly tenant: TenantContext) {}

  async owner(): Promise<string> {
    await sleep(1);
    return this.tenant.tenantId;
  }
}

/** Has a request come as far as the handler that never answers? */
let hanging = false;

@AnyMember('test')
@Controller()
class ContextController {
  constructor(@Inject(NotesService) private readonly notes: NotesService) {}

  @Post('owner')
  async owner(@Body() body: { n: number }): Promise<object> {
    return { n: body.n, first: await this.notes.owner(), second: await this.notes.owner() };
  }

  @Public('test')
  @Post('frame')
  frame(): object {
    return { opened: currentFrame() !== undefined, tenant: maybeTenant() ?? null };
  }

  @Get('hang')
  hang(): Promise<never> {
    hanging = true;
    return new Promise(() => undefined);
  }
}

/** A hook as batching plugins have it: the last request to come lets all of them go on. */
function holdBack(app: NestFastifyApplication): void {
  const waiting: (() => void)[] = [];
  const server = app.getHttpAdapter().getInstance();
  server.addHook('preValidation', (request, _reply, done) => {
    const wanted = Number(request.headers['x-wait-for'] ?? 0);
    waiting.push(done);
    if (waiting.length >= wanted) for (const go of waiting.splice(0)) go();
  });
}

let test: TestApp;
let url: URL;
const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
beforeAll(async () => {
  test = await startApp([ContextController], {}, [NotesService], holdBack);
  url = new URL(await test.listen());
});
afterAll(async () => {
  agent.destroy();
  await test.app.close();
});

/** Posts a body in two pieces over the one connection of the agent. */
function post(path: string, headers: object, body: object): Promise<unknown> {
  const text = JSON.stringify(body);
  return new Promise((resolve, reject) => {
    const request = http.request({
      agent,
      port: url.port,
      path,
      method: 'POST',
      headers: {
        ...headers,
        'content-type': 'application/json',
        'content-length': String(text.length),
      },
    });
    request.on('error', reject).on('response', async (response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of response) chunks.push(chunk as Buffer);
      resolve(JSON.parse(Buffer.concat(chunks).toString()));
    });
    request.write(text.slice(0, 3));
    setTimeout(() => request.end(text.slice(3)), 2);
  });
}

describe('the frame of a request', () => {
  it('is its own, for two tenants over one connection and through one singleton', async () => {
    const entries = Array.from({ length: 20 }, (_, n) => (n % 2 ? A : B));
    const answers = await Promise.all(
      entries.map((entry, n) => post('/owner', bearer(tokenFor(entry)), { n })),
    );
    expect(answers).toEqual(entries.map(({ id }, n) => ({ n, first: id, second: id })));
  });

  it('is open and empty on a public route, whoever used the connection before', async () => {
    await post('/owner', bearer(tokenFor(A)), { n: 1 });
    expect(await post('/frame', bearer(tokenFor(A)), {})).toEqual({ opened: true, tenant: null });
  });

  it('survives a hook that goes on from somewhere else', async () => {
    const entries = [A, B, A, B];
    const headers = { 'x-wait-for': String(entries.length) };
    const answers = await Promise.all(
      entries.map(({ slug }, n) =>
        test.app.inject({
          method: 'POST',
          url: '/owner',
          headers: { ...headers, ...bearer(`${slug}.member`) },
          payload: { n },
        }),
      ),
    );
    expect(answers.map((answer) => answer.json())).toEqual(
      entries.map(({ id }, n) => ({ n, first: id, second: id })),
    );
  });

  it('does not reach past the request', async () => {
    await post('/owner', bearer(tokenFor(A)), { n: 1 });
    expect(maybeTenant()).toBeUndefined();
  });
});

describe('record request', () => {
  it('records a request that its client gave up', async () => {
    const request = http.request({ port: url.port, path: '/hang', headers: bearer(tokenFor(A)) });
    request.on('error', () => undefined).end();
    await vi.waitFor(() => expect(hanging).toBe(true), 30_000);
    request.destroy();
    await vi.waitFor(() =>
      expect(test.lines().at(-1)).toMatchObject({
        route: '/hang',
        tenantId: A.id,
        brokenOff: true,
      }),
    );
  });
});
