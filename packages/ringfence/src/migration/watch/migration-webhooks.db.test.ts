import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  createLedgerDatabase,
  type LedgerDatabase,
  SLUGS,
} from '../../../test/ledger-database.fixture.js';
import { verifyWebhook, WebhookEndpoint } from '../../delivery/index.js';
import { OperatorPool } from '../../postgres/index.js';
import { followActs } from './act-feed.js';
import { actEvent, webhookPlace } from './migration-webhooks.js';

const SECRET = `whsec_${Buffer.alloc(32, 3).toString('base64')}`;

let ledger: LedgerDatabase;
let operator: OperatorPool;
let receiver: Server;
let folder: string;
let place: string;
let heard: { id: string; type: string; data: Record<string, unknown> }[];
let answer: number;
beforeAll(async () => {
  ledger = await createLedgerDatabase();
  operator = new OperatorPool({ connectionString: ledger.db.operator, max: 2 });
  folder = mkdtempSync(path.join(os.tmpdir(), 'webhooks-'));
  receiver = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks).toString();
      if (!verifyWebhook(request.headers, body, [SECRET])) answer = 401;
      if (answer < 300) heard.push(JSON.parse(body));
      response.writeHead(answer).end();
    });
  });
  await new Promise<void>((done) => receiver.listen(0, '127.0.0.1', done));
});
afterAll(async () => {
  receiver?.closeAllConnections();
  receiver?.close();
  rmSync(folder, { recursive: true });
  await operator?.end();
  await ledger?.drop();
});
beforeEach(async () => {
  heard = [];
  answer = 204;
  place = path.join(folder, `place-${Math.random()}`);
  const [last] = await ledger.operator('SELECT max(id)::text AS id FROM ringfence.migration_acts');
  writeFileSync(place, String(last?.id));
});

/** A process that tells the receiver, until it is stopped. */
function teller() {
  const told = webhookPlace(place);
  const { port } = receiver.address() as AddressInfo;
  const endpoint = new WebhookEndpoint({
    url: `http://127.0.0.1:${port}/`,
    secrets: [SECRET],
    pausesMs: [20, 20, 20, 20],
    report: told.told,
  });
  const stop = new AbortController();
  const following = followActs({
    operator,
    onAct: (act) => endpoint.send(actEvent(act)),
    place: told.place,
    everyMs: 20,
    signal: stop.signal,
  });
  return async () => {
    stop.abort();
    await following;
    await endpoint.stop(0);
  };
}

const ask = (act: string) =>
  ledger.operator('SELECT ringfence.ask_migration($1, $2, $3, $4)', [act, SLUGS, 'ann', 'lunch']);
const said = () => heard.map(({ data }) => data.state ?? `ask:${data.asked}`);
const soon = { timeout: 10_000, interval: 20 };

describe('webhooks of a migration', () => {
  it('tell of each change of state and of who asked for it, signed', async () => {
    const stop = teller();
    await ask('pause');
    await vi.waitFor(() => expect(said()).toEqual(['paused', 'ask:pause']), soon);
    expect(heard[0]).toMatchObject({
      type: 'migration.state-changed',
      data: { migration: SLUGS, state: 'paused', actor: 'ann', reason: 'lunch', tenant: null },
    });
    expect(heard[1]?.type).toBe('migration.asked');
    await ask('resume');
    await vi.waitFor(() => expect(said()).toHaveLength(4), soon);
    await stop();
  });

  it('go on where they were when the process is started again, and miss nothing in between', async () => {
    const stop = teller();
    await ask('pause');
    await vi.waitFor(() => expect(said()).toHaveLength(2), soon);
    await stop();
    await ask('resume');
    const again = teller();
    await vi.waitFor(
      () => expect(said()).toEqual(['paused', 'ask:pause', 'rolling', 'ask:resume']),
      soon,
    );
    await again();
    expect(new Set(heard.map(({ id }) => id)).size).toBe(4);
  });

  it('tell later, under the same id, what nobody took while the receiver was away', async () => {
    answer = 503;
    const stop = teller();
    await ask('pause');
    await new Promise((resolve) => setTimeout(resolve, 60));
    answer = 204;
    await vi.waitFor(() => expect(said()).toEqual(['paused', 'ask:pause']), soon);
    await stop();
    // Stopped in the middle: what was not taken is told by the next process.
    answer = 503;
    const dying = teller();
    await ask('resume');
    await new Promise((resolve) => setTimeout(resolve, 40));
    await dying();
    answer = 204;
    const next = teller();
    await vi.waitFor(() => expect(said().slice(-1)).toEqual(['ask:resume']), soon);
    await next();
    expect(said()).toContain('rolling');
  });

  it('tell of an act that was written before another one and became visible after it', async () => {
    const stop = teller();
    await ledger.owner('BEGIN');
    await ledger.owner(
      "INSERT INTO ringfence.migration_acts (migration, act, actor) VALUES ($1, 'slow', 'runner')",
      [SLUGS],
    );
    await ask('pause');
    await vi.waitFor(() => expect(said()).toEqual(['paused', 'ask:pause']), soon);
    await ledger.owner('COMMIT');
    await vi.waitFor(() => expect(said()).toEqual(['paused', 'ask:pause', 'slow']), soon);
    await stop();
    // And not again by the next process, nor what came after it.
    const again = teller();
    await ask('resume');
    await vi.waitFor(() => expect(said().slice(3)).toEqual(['rolling', 'ask:resume']), soon);
    await again();
  });

  it('begin at the beginning with a place that cannot be read, rather than to miss something', () => {
    writeFileSync(place, 'not a place');
    expect(webhookPlace(place).place.last).toBe('0');
    const { told } = webhookPlace(place);
    const event = { id: 'migration-act-17', type: 't', at: '', data: {} };
    told({ event, delivered: false, attempts: 3, last: 'stopped' });
    expect(readFileSync(place, 'utf8')).toBe('not a place');
    told({ event, delivered: true, attempts: 1, last: 200 });
    expect(webhookPlace(place).place.last).toBe('17');
  });
});
