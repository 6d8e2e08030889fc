import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import pg from 'pg';
import { pino } from 'pino';
import type { TestDatabase } from 'ringfence/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { testKeyFiles } from '../../test/server-app.fixture.js';
import { createServerDatabase } from '../../test/server-database.fixture.js';
import { readConfig } from '../config.js';
import { createApp } from '../create-app.js';
import { isolationCheck } from './isolation-check.js';
import { seed } from './seed.js';

interface RawAnswer {
  readonly status: number;
  readonly text: string;
}

describe('the isolation check of the start', () => {
  let db: TestDatabase;
  let app: NestFastifyApplication;
  let server: string;
  const proxies: Server[] = [];

  beforeAll(async () => {
    db = await createServerDatabase();
    await seed(db);
    const config = readConfig({ DATABASE_URL: db.app, ...(await testKeyFiles()) });
    app = await createApp(config, pino({ level: 'silent' }));
    await app.listen(0, '127.0.0.1');
    server = addressOf(app.getHttpServer());
  });

  afterAll(async () => {
    for (const proxy of proxies) proxy.close();
    await app?.close();
    await db?.drop();
  });

  /** A server that hands on what the real one answers, changed. */
  async function inFront(
    change: (url: string, answer: RawAnswer) => RawAnswer | Promise<RawAnswer>,
  ): Promise<string> {
    const proxy = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', async () => {
        const { 'content-type': type, authorization } = request.headers;
        const answer = await fetch(server + request.url, {
          method: request.method ?? 'GET',
          headers: {
            ...(type ? { 'content-type': type } : {}),
            ...(authorization ? { authorization } : {}),
          },
          ...(chunks.length > 0 ? { body: Buffer.concat(chunks) } : {}),
        });
        const raw = { status: answer.status, text: await answer.text() };
        const { status, text } = await change(request.url ?? '', raw);
        response.writeHead(status).end(text);
      });
    });
    proxies.push(proxy);
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
    return addressOf(proxy);
  }

  it('passes on the real server, having seen rows of both', async () => {
    const line = await isolationCheck(server, db.app);
    const [a, b, tries] = [...line.matchAll(/\d+/g)].map(Number);
    expect(a).toBeGreaterThan(10);
    expect(b).toBeGreaterThan(10);
    expect(tries).toBe(Number(a) + Number(b));
    expect(line.length).toBeLessThan(68);
  });

  it('fails on a login that sees rows without a tenant', async () => {
    await expect(isolationCheck(server, db.admin)).rejects.toThrow(/\d+ rows without a tenant/);
  });

  it('fails on a server that shows one row of the other tenant', async () => {
    // It answers "found" for one document, whoever asks.
    let planted: string | undefined;
    const leaky = await inFront((url, answer) => {
      if (url.startsWith('/documents?')) {
        planted ??= (JSON.parse(answer.text) as { items: { id: string }[] }).items[0]?.id;
      }
      return planted !== undefined && url === `/documents/${planted}`
        ? { ...answer, status: 200 }
        : answer;
    });
    await expect(isolationCheck(leaky, db.app)).rejects.toThrow(
      /isolation check failed.*\/documents\/[0-9a-f-]+ \(200\)\.$/,
    );
  });

  it('fails on a server that lists a row and does not show it', async () => {
    const torn = await inFront((url, answer) =>
      url.startsWith('/documents/') ? { ...answer, status: 404 } : answer,
    );
    await expect(isolationCheck(torn, db.app)).rejects.toThrow(/own \/documents\/.*status 404/);
  });

  it('minds neither a row that is deleted meanwhile nor a busy server', async () => {
    let deleted: string | undefined;
    let logins = 0;
    const living = await inFront(async (url, answer) => {
      if (url === '/auth/login' && logins++ === 0) return { ...answer, status: 503 };
      if (url.startsWith('/documents?') && deleted === undefined) {
        deleted = (JSON.parse(answer.text) as { items: { id: string }[] }).items.at(-1)?.id;
        const client = new pg.Client({ connectionString: db.admin });
        await client.connect();
        await client.query('DELETE FROM documents WHERE id = $1', [deleted]);
        await client.end();
      }
      return answer;
    });
    expect(await isolationCheck(living, db.app)).toMatch(/none$/);
    expect(deleted).toBeDefined();
    expect(logins).toBe(3);
  });

  it('does not claim anything when a demo owner is gone', async () => {
    const client = new pg.Client({ connectionString: db.admin });
    await client.connect();
    await client.query("UPDATE users SET email = 'moved@x.test' WHERE email = 'owner@acme.test'");
    await client.end();
    expect(await isolationCheck(server, db.app)).toMatch(/^not checked/);
  });
});

function addressOf(server: { address(): unknown }): string {
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
