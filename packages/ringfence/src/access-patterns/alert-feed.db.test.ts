import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, request, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { parseTenantId, type TenantId } from '../context/index.js';
import { TenantPool } from '../postgres/index.js';
import { type TestDatabase, type TestTenant, twoTenants } from '../testing/index.js';
import { createAccessDatabase } from './access-database.fixture.js';
import { PLATFORM } from './alert.js';
import { AlertBook } from './alert-book.js';
import { AlertFeed } from './alert-feed.js';
import { postgresAccessStore } from './postgres-access-store.js';

let db: TestDatabase;
let pool: TenantPool;
let book: AlertBook;
let a: TestTenant;
let b: TestTenant;
beforeAll(async () => {
  db = await createAccessDatabase();
  pool = new TenantPool({ connectionString: db.app, max: 4 });
  book = new AlertBook(pool);
  ({ a, b } = await twoTenants(db));
});
afterAll(async () => {
  await pool?.end();
  await db?.drop();
});

async function raise(owner: TenantId): Promise<string> {
  const id = randomUUID();
  await postgresAccessStore(pool).raise({
    id,
    owner,
    rule: `rule-${randomUUID()}`,
    severity: 'warning',
    subject: 'tenant',
    at: Date.now(),
    coolDown: 60,
    evidence: { count: 1, threshold: 1, window: 60 },
  });
  return id;
}

let feed: AlertFeed;
let server: Server;
let withdrawn: Set<string>;
beforeEach(async () => {
  withdrawn = new Set();
  feed = new AlertFeed({
    book,
    pollMs: 20,
    recheckMs: 20,
    heartbeatMs: 20,
    patienceMs: 100,
    readers: 3,
    allReaders: 5,
  });
  server = createServer((request, response) => {
    const owner = parseTenantId(request.url?.slice(1));
    void feed.open({ owner, mayStill: async () => !withdrawn.has(owner) }, request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterEach(async () => {
  feed.close();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

interface Reader {
  readonly status: number;
  /** Everything that has come. */
  text(): string;
  ids(): string[];
  ended(): boolean;
  stop(): void;
}

async function listen(owner: TenantId, lastEventId?: string): Promise<Reader> {
  const { port } = server.address() as AddressInfo;
  const abort = new AbortController();
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    const headers = lastEventId === undefined ? {} : { 'last-event-id': lastEventId };
    const options = {
      port,
      path: `/${owner}`,
      headers,
      signal: abort.signal,
      agent: false as const,
    };
    request({ host: '127.0.0.1', ...options }, resolve)
      .on('error', reject)
      .end();
  });
  let text = '';
  let ended = false;
  answer.on('data', (chunk) => (text += String(chunk)));
  answer.on('end', () => (ended = true));
  answer.on('error', () => undefined);
  return {
    status: answer.statusCode ?? 0,
    text: () => text,
    ids: () => [...text.matchAll(/^id: (.+)$/gm)].map(([, id]) => id ?? ''),
    ended: () => ended,
    stop: () => abort.abort(),
  };
}

describe('the feed', () => {
  it('tells a tenant of its own alerts, and the platform of all', async () => {
    await raise(a.id);
    const [ofA, ofB, ofAll] = [await listen(a.id), await listen(b.id), await listen(PLATFORM)];
    const [one, two, three] = [await raise(a.id), await raise(b.id), await raise(PLATFORM)];
    await vi.waitFor(() => expect(ofAll.ids()).toEqual([one, two, three]), 10_000);
    expect(ofA.ids()).toEqual([one]);
    expect(ofB.ids()).toEqual([two]);
    expect(ofA.text()).toContain('event: alert.raised');
    expect(ofA.text()).not.toContain(b.id);
  });

  it('goes on where a reader was cut off, and tells nothing of a place that is another tenant’s', async () => {
    const seen = await raise(a.id);
    const foreign = await raise(b.id);
    const missed = [await raise(a.id), await raise(a.id)];
    const back = await listen(a.id, seen);
    await vi.waitFor(() => expect(back.ids()).toEqual(missed), 10_000);
    const prying = await listen(a.id, foreign);
    const next = await raise(a.id);
    await vi.waitFor(() => expect(prying.ids()).toEqual([next]), 10_000);
    expect(back.ids()).toEqual([...missed, next]);
  });

  it('ends within moments when the right to read it is withdrawn', async () => {
    const [ofA, ofB] = [await listen(a.id), await listen(b.id)];
    withdrawn.add(a.id);
    await vi.waitFor(() => expect(ofA.ended()).toBe(true), 10_000);
    expect(ofB.ended()).toBe(false);
    const next = await raise(a.id);
    const other = await raise(b.id);
    await vi.waitFor(() => expect(ofB.ids()).toEqual([other]), 10_000);
    expect(ofA.ids()).not.toContain(next);
  });

  it('shows that it lives, and takes no connection of the pool while nothing happens', async () => {
    const own = new TenantPool({ connectionString: db.app, max: 1 });
    const quiet = new AlertFeed({ book: new AlertBook(own), pollMs: 10, heartbeatMs: 10 });
    const first = feed;
    feed = quiet;
    const readers = [await listen(a.id), await listen(a.id), await listen(b.id)];
    await vi.waitFor(() => expect(readers[0]?.text()).toContain(': \n'), 10_000);
    // One connection for all of them, and it is free again and again.
    for (let at = 0; at < 5; at += 1) await own.ping();
    expect([own.totalCount, own.waitingCount]).toEqual([1, 0]);
    quiet.close();
    await vi.waitFor(() => expect(readers.every((reader) => reader.ended())).toBe(true), 10_000);
    await vi.waitFor(() => expect(quiet.readers).toBe(0), 10_000);
    // Nobody listens: nobody asks.
    const asked = vi.spyOn(own, 'query');
    await new Promise((resolve) => setTimeout(resolve, 60));
    expect(asked).not.toHaveBeenCalled();
    feed = first;
    await own.end();
  });

  it('takes so many readers per tenant, and so many in all', async () => {
    for (let at = 0; at < 3; at += 1) expect((await listen(a.id)).status).toBe(200);
    expect((await listen(a.id)).status).toBe(503);
    expect((await listen(b.id)).status).toBe(200);
    expect((await listen(b.id)).status).toBe(200);
    expect((await listen(PLATFORM)).status).toBe(503);
    expect(feed.readers).toBe(5);
  });

  it('cuts a reader off that takes nothing, and keeps the others', async () => {
    const [real] = await book.page(a.id, undefined, 1);
    let batches = 0;
    const flood = {
      page: async () => [],
      after: async () => {
        batches += 1;
        const evidence = { count: 1, threshold: 1, window: 1, requestIds: ['x'.repeat(20_000)] };
        const alert = { ...(real ?? expect.fail()), tenantId: a.id, evidence };
        const length = batches > 40 ? 0 : 50;
        return Array.from({ length }, () => ({ ...alert, id: randomUUID() }));
      },
    };
    const first = feed;
    feed = new AlertFeed({ book: flood, pollMs: 20, patienceMs: 100 });
    const deaf = connect((server.address() as AddressInfo).port, '127.0.0.1');
    deaf.on('error', () => undefined);
    deaf.pause();
    deaf.write(`GET /${a.id} HTTP/1.1\r\nhost: x\r\n\r\n`);
    const reader = await listen(a.id);
    await vi.waitFor(() => expect(reader.ids().length).toBeGreaterThan(100), 15_000);
    await vi.waitFor(() => expect(feed.readers).toBe(1), 15_000);
    expect(reader.ended()).toBe(false);
    deaf.destroy();
    feed.close();
    feed = first;
  });
});
