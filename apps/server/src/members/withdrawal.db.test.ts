import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import pg from 'pg';
import { pino } from 'pino';
import { runInTenant } from 'ringfence/context';
import { MemberCache } from 'ringfence/nest';
import { TenantPool } from 'ringfence/postgres';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Answer, ask, expectProblem } from '../../test/ask.fixture.js';
import {
  startTestServer,
  type TestPerson,
  type TestServer,
  testKeyFiles,
} from '../../test/server-app.fixture.js';
import { AccessTokenIssuer, SIGNING_KEYS, type SigningKeys } from '../auth/index.js';
import { readConfig } from '../config.js';
import { createApp } from '../create-app.js';

/** What is promised: after this long nobody gets in with what was withdrawn. */
const PROMISED_MS = 5000;

/** Two nodes over one database; what one is asked to change, the other has to notice. */
let first: TestServer;
let nodes: NestFastifyApplication[];

async function startNodes(env: (databaseUrl: string) => Record<string, string>): Promise<void> {
  const keys = await testKeyFiles();
  first = await startTestServer({ ...keys });
  const settings = { DATABASE_URL: first.db.app, DATABASE_POOL_MAX: '2', ...keys };
  const second = await createApp(
    readConfig({ ...settings, ...env(first.db.app) }),
    pino({ level: 'silent' }),
  );
  await second.init();
  await second.getHttpAdapter().getInstance().ready();
  nodes = [first.app, second];
}

async function stopNodes(): Promise<void> {
  for (const node of nodes.slice(1)) await node.close();
  await first.stop();
}

const on = (node: NestFastifyApplication, who: { token: string }, request: string, body?: object) =>
  ask({ ...first, app: node }, who as TestPerson, request, body ? { body } : {});
const onAll = (who: { token: string }, request: string): Promise<Answer[]> =>
  Promise.all(nodes.map((node) => on(node, who, request)));

/** Everything that can take something away from `person`, done by an owner on the first node. */
const WITHDRAWALS: [string, (person: TestPerson) => Promise<unknown>, number, string][] = [
  [
    'is removed',
    (person) => on(first.app, first.a.owner, `DELETE /users/${person.id}`),
    401,
    'ACCESS_WITHDRAWN',
  ],
  [
    'is demoted',
    (person) => on(first.app, first.a.owner, `PATCH /users/${person.id}`, { role: 'viewer' }),
    403,
    'PERMISSION_DENIED',
  ],
  [
    'is logged out',
    (person) => on(first.app, first.a.owner, `DELETE /users/${person.id}/sessions`),
    401,
    'ACCESS_WITHDRAWN',
  ],
  [
    'gets a smaller role of the tenant’s own',
    async (person) => {
      const { owner } = first.a;
      const role = { name: randomUUID(), permissions: [] };
      const { body } = await on(first.app, owner, 'POST /roles', role);
      return on(first.app, owner, `PATCH /users/${person.id}`, { customRoleId: body.id });
    },
    403,
    'PERMISSION_DENIED',
  ],
];

/** Both nodes let them in just now, and remember it. */
async function expectLetIn(who: { token: string }, request: string): Promise<void> {
  for (const answer of await onAll(who, request)) expect(answer.status, answer.text).toBe(200);
}

/** The answers as soon as no node lets them in; fails when one goes on to. */
async function whenStopped(who: { token: string }, request: string): Promise<Answer[]> {
  for (let attempt = 0; attempt < 600; attempt += 1) {
    const answers = await onAll(who, request);
    if (answers.every(({ status }) => status !== 200)) return answers;
    await sleep(50);
  }
  throw new Error('A node goes on to let them in.');
}

/** By the deadline at the latest: later is no excuse, earlier is not asked for. */
async function expectStoppedInTime(who: { token: string }, request: string, code: string) {
  await sleep(PROMISED_MS);
  for (const answer of await onAll(who, request)) expect(answer.body.code).toBe(code);
}

/** Somebody of tenant B, and everybody else of A, notice nothing. */
async function expectOthersUnharmed(): Promise<void> {
  await expectLetIn(first.b.admin, 'GET /roles');
  await expectLetIn(first.a.owner, 'GET /roles');
}

describe('while the change feed is heard, the token of somebody who', () => {
  beforeAll(() => startNodes(() => ({})));
  afterAll(stopNodes);

  // The clock of the caches stands still: what they forget they were told to forget.
  beforeEach(() => void vi.useFakeTimers({ toFake: ['performance'] }));
  afterEach(() => void vi.useRealTimers());

  it.each(WITHDRAWALS)(
    '%s stops as soon as a node hears of it',
    async (_, withdraw, status, code) => {
      const person = await first.person(first.a.owner.tenant, 'admin');
      await expectLetIn(person, 'GET /roles');
      await withdraw(person);
      for (const answer of await whenStopped(person, 'GET /roles')) {
        expectProblem(answer, status, code);
      }
      await expectOthersUnharmed();
    },
  );

  it('used to be a key that was revoked stops as well', async () => {
    const { owner } = first.a;
    const input = { name: 'K', permissions: ['role.read'] };
    const { body } = await on(first.app, owner, 'POST /api-keys', input);
    const key = { token: body.key };
    await expectLetIn(key, 'GET /roles');
    await on(first.app, owner, `DELETE /api-keys/${body.id}`);
    for (const answer of await whenStopped(key, 'GET /roles')) {
      expectProblem(answer, 401, 'TOKEN_INVALID');
    }
  });

  it('merely logs in or is used announces nothing', async () => {
    const cleared = nodes.map((node) =>
      vi.spyOn(node.get(MemberCache, { strict: false }), 'clear'),
    );
    const listener = new pg.Client({ connectionString: first.db.app });
    await listener.connect();
    const heard = vi.fn();
    listener.on('notification', heard);
    await listener.query('LISTEN ringfence_changes');
    const person = await first.person(first.a.owner.tenant, 'admin');
    await expectLetIn(person, 'GET /roles');
    const use = { lastUsedAt: new Date() };
    await runInTenant(person.tenant.id, async () => {
      await first.prisma.session.updateMany({ where: { userId: person.id }, data: use });
      await first.prisma.user.updateMany({ where: { id: person.id }, data: { name: 'Renamed' } });
    });
    await listener.query('SELECT 1');
    expect(heard).not.toHaveBeenCalled();
    for (const clear of cleared) expect(clear).not.toHaveBeenCalled();
    // And would have been heard.
    await runInTenant(person.tenant.id, () =>
      first.prisma.user.deleteMany({ where: { id: person.id } }),
    );
    await listener.query('SELECT 1');
    expect(heard).toHaveBeenCalled();
    await listener.end();
  });
});

/** Ends every connection of a change feed, as soon as there is one, until it is told to stop. */
async function cutFeeds(done: () => boolean): Promise<void> {
  const admin = new pg.Client({ connectionString: first.db.admin });
  await admin.connect();
  while (!done()) {
    await admin.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity
      WHERE application_name = 'ringfence change feed' AND datname = current_database()`);
    await sleep(20);
  }
  await admin.end();
}

describe.each([
  [
    'without a change feed (its address answers nobody)',
    (url: string) => {
      const away = new URL(url);
      away.port = '1';
      return { DATABASE_DIRECT_URL: away.href };
    },
  ],
  ['while the change feed is cut off again and again', () => ({}) as Record<string, string>],
])('%s, within five seconds the token of somebody who', (name, env) => {
  let cutting: Promise<void> | undefined;
  let done = false;
  beforeAll(async () => {
    await startNodes(env);
    if (!name.includes('cut off')) return;
    cutting = cutFeeds(() => done);
  });
  afterAll(async () => {
    done = true;
    await cutting;
    await stopNodes();
  });

  it.each(WITHDRAWALS)('%s stops on every node', async (_, withdraw, _status, code) => {
    const person = await first.person(first.a.owner.tenant, 'admin');
    await expectLetIn(person, 'GET /roles');
    await withdraw(person);
    await expectStoppedInTime(person, 'GET /roles', code);
    await expectOthersUnharmed();
  });
});

describe('what it costs', () => {
  beforeAll(() => startNodes(() => ({})));
  afterAll(stopNodes);
  beforeEach(() => vi.restoreAllMocks());

  /** Statements on members since; only those, not the ones of the handlers. */
  function countLookups(node: NestFastifyApplication): () => number {
    const query = vi.spyOn(node.get(TenantPool, { strict: false }), 'query');
    return () =>
      query.mock.calls.filter(([text]) => /FROM public\.users AS u/.test(`${text}`)).length;
  }

  it('is one lookup per actor, node and three seconds, however many requests there are', async () => {
    const [node] = nodes;
    if (!node) throw new Error('There is no node.');
    const people = [first.a.member, first.a.viewer, first.b.member];
    node.get(MemberCache, { strict: false }).clear();
    const lookups = countLookups(node);
    const began = performance.now();
    for (let round = 0; round < 3; round += 1) {
      const asked = people.flatMap((person) => Array.from({ length: 20 }, () => person));
      const answers = await Promise.all(asked.map((person) => on(node, person, 'GET /projects')));
      for (const { status } of answers) expect(status).toBe(200);
    }
    const windows = 1 + Math.floor((performance.now() - began) / 3000);
    expect(lookups()).toBeGreaterThanOrEqual(people.length);
    expect(lookups()).toBeLessThanOrEqual(people.length * windows);
  });

  it('is worth it for tokens that are signed and wrong: person, session and tenant go together', async () => {
    const { member, admin } = first.a;
    const tokens = new AccessTokenIssuer(
      first.app.get<SigningKeys>(SIGNING_KEYS, { strict: false }),
      {
        issuer: 'ringfence',
        audience: 'ringfence-api',
        seconds: 900,
      },
    );
    const sid = (person: TestPerson): string =>
      JSON.parse(Buffer.from(person.token.split('.')[1] ?? '', 'base64url').toString()).sid;
    const ask = async (person: TestPerson, sessionId: string) => {
      const { id: tenantId, slug: tenantSlug } = member.tenant;
      const subject = { tenantId, tenantSlug, userId: person.id, sessionId, role: 'owner' };
      return on(first.app, { token: await tokens.issue(subject) }, 'GET /projects');
    };
    expect((await ask(member, sid(member))).status).toBe(200);
    for (const [person, sessionId] of [
      [member, sid(admin)],
      [member, randomUUID()],
      [member, 'no id at all'],
      [first.b.owner, sid(first.b.owner)],
      [member, sid(first.b.owner)],
      [{ ...member, id: 'nobody' }, sid(member)],
    ] as const) {
      expectProblem(await ask(person, sessionId), 401, 'ACCESS_WITHDRAWN');
    }
  });
});
