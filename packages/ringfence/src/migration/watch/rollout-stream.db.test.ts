import { createServer, get, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import {
  createLedgerDatabase,
  type LedgerDatabase,
  SLUGS,
} from '../../../test/ledger-database.fixture.js';
import type { EventStream } from '../../delivery/index.js';
import { OperatorPool } from '../../postgres/index.js';
import { type TestTenant, twoTenants } from '../../testing/index.js';
import type { RolloutSnapshot } from './rollout-snapshot.js';
import { type RolloutStreamOptions, rolloutStream } from './rollout-stream.js';

let ledger: LedgerDatabase;
let operator: OperatorPool;
let a: TestTenant;
const servers: { server: Server; stream: EventStream }[] = [];
beforeAll(async () => {
  ledger = await createLedgerDatabase();
  operator = new OperatorPool({ connectionString: ledger.db.operator, max: 3 });
  ({ a } = await twoTenants(ledger.db));
});
afterEach(() => {
  for (const { server, stream } of servers.splice(0)) {
    stream.close();
    server.closeAllConnections();
    server.close();
  }
});
afterAll(async () => {
  await operator?.end();
  await ledger?.drop();
});

const soon = { timeout: 10_000, interval: 20 };

/** One node that serves the stream; its answers, counted. */
async function serve(options: Partial<RolloutStreamOptions> = {}) {
  let looks = 0;
  const counted: RolloutStreamOptions['operator'] = {
    run: (reason, fn) => {
      looks += 1;
      return operator.run(reason, fn);
    },
  };
  const stream = rolloutStream({
    migration: SLUGS,
    operator: counted,
    allow: (request) => request.headers.authorization === 'operator',
    everyMs: 30,
    ...options,
  });
  const server = createServer((request, response) => void stream.handle(request, response));
  servers.push({ server, stream });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo;
  return { port, stream, looks: () => looks };
}

interface Heard {
  readonly id: string;
  readonly type: string;
  // biome-ignore lint/suspicious/noExplicitAny: two kinds of events, told apart by their type.
  readonly data: any;
}

function listen(port: number, headers: Record<string, string> = {}) {
  return new Promise<{ response: IncomingMessage; heard: () => Heard[] }>((resolve, reject) => {
    const given = { authorization: 'operator', ...headers };
    get({ port, host: '127.0.0.1', headers: given, agent: false }, (response) => {
      let text = '';
      response.on('data', (chunk) => {
        text += String(chunk);
      });
      response.on('error', () => undefined);
      const heard = () =>
        [...text.matchAll(/id: (.*)\nevent: (.*)\ndata: (.*)\n\n/g)].map(([, id, type, data]) => ({
          id: id ?? '',
          type: type ?? '',
          data: JSON.parse(data ?? ''),
        }));
      resolve({ response, heard });
    }).on('error', reject);
  });
}

const ask = (act: string, reason: string | null = null) =>
  ledger.operator('SELECT ringfence.ask_migration($1, $2, $3, $4)', [act, SLUGS, 'ann', reason]);

const statuses = (heard: Heard[]): RolloutSnapshot[] =>
  heard.filter(({ type }) => type === 'status').map(({ data }) => data);
const acts = (heard: Heard[]): string[] =>
  heard.filter(({ type }) => type === 'act').map(({ data }) => data.act);

describe('rolloutStream', () => {
  it('begins with where it stands, and tells of every act and what came of it', async () => {
    const { port } = await serve();
    const one = await listen(port);
    await vi.waitFor(() => expect(statuses(one.heard())).toHaveLength(1), soon);
    expect(statuses(one.heard())[0]).toMatchObject({ state: 'rolling', tenants: { switched: 2 } });
    await ask('pause', 'lunch');
    await vi.waitFor(
      () =>
        expect(statuses(one.heard()).at(-1)).toMatchObject({ state: 'paused', reason: 'lunch' }),
      soon,
    );
    expect(acts(one.heard())).toEqual(['paused', 'ask:pause']);
    await ask('resume');
    await vi.waitFor(() => expect(acts(one.heard())).toContain('ask:resume'), soon);
  });

  it('goes on where a reader was cut off, on another node, with what happened meanwhile', async () => {
    const first = await serve();
    const one = await listen(first.port);
    await vi.waitFor(() => expect(one.heard()).toHaveLength(1), soon);
    const last = one.heard().at(-1)?.id ?? '';
    one.response.destroy();
    await ask('pause');
    await ask('resume');
    const second = await serve();
    const again = await listen(second.port, { 'last-event-id': last });
    await vi.waitFor(() => expect(statuses(again.heard())).toHaveLength(1), soon);
    expect(acts(again.heard())).toEqual(['paused', 'ask:pause', 'rolling', 'ask:resume']);
  });

  it('loses nothing that happened while nobody listened, on the same node', async () => {
    const { port, stream } = await serve();
    const one = await listen(port);
    const other = await listen(port);
    await vi.waitFor(() => expect(one.heard()).toHaveLength(1), soon);
    await ask('pause');
    await vi.waitFor(() => expect(acts(one.heard())).toContain('ask:pause'), soon);
    const last = one.heard().findLast(({ type }) => type === 'act')?.id ?? '';
    one.response.destroy();
    other.response.destroy();
    await vi.waitFor(() => expect(stream.readers).toBe(0), soon);
    await ask('resume');
    const again = await listen(port, { 'last-event-id': last });
    await vi.waitFor(() => expect(statuses(again.heard())).toHaveLength(1), soon);
    expect(acts(again.heard())).toEqual(['rolling', 'ask:resume']);
  });

  it('does not ask the database while nobody listens, and holds no connection', async () => {
    const { port, looks, stream } = await serve();
    expect(looks()).toBe(0);
    const one = await listen(port);
    await vi.waitFor(() => expect(looks()).toBeGreaterThan(3), soon);
    one.response.destroy();
    await vi.waitFor(() => expect(stream.readers).toBe(0), soon);
    await new Promise((resolve) => setTimeout(resolve, 100));
    const before = looks();
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(looks()).toBe(before);
    const busy = await ledger.operator(
      `SELECT FROM pg_stat_activity WHERE datname = current_database() AND state LIKE 'idle in%'`,
    );
    expect(busy).toEqual([]);
  });

  it('says nothing to people of a tenant, and nothing of a migration that is not there', async () => {
    const { port } = await serve();
    const stranger = await listen(port, { authorization: 'member of a tenant' });
    expect(stranger.response.statusCode).toBe(403);
    const nowhere = await serve({ migration: 'misspelt' });
    const one = await listen(nowhere.port);
    await vi.waitFor(() => expect(one.response.complete).toBe(true), soon);
    expect(one.heard()).toEqual([]);
  });

  it('is told of a tenant that is put aside', async () => {
    const { port } = await serve();
    const one = await listen(port);
    await vi.waitFor(() => expect(one.heard()).toHaveLength(1), soon);
    await ledger.operator("SELECT ringfence.ask_migration('rollback', $1, 'ann', NULL, $2)", [
      SLUGS,
      a.id,
    ]);
    await ledger.operator("SELECT ringfence.ask_migration('skip', $1, 'ann', 'slow', $2)", [
      SLUGS,
      a.id,
    ]);
    await vi.waitFor(
      () =>
        expect(statuses(one.heard()).at(-1)?.failures).toMatchObject([
          { tenant: a.id, state: 'quarantined', code: 'SKIPPED' },
        ]),
      soon,
    );
  });
});
