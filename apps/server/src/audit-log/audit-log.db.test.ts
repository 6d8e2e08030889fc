import { runInTenant } from 'ringfence/context';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ask } from '../../test/ask.fixture.js';
import { startTestServer, type TestServer } from '../../test/server-app.fixture.js';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server?.stop());

const create = async (who: TestServer['a'], name: string): Promise<string> =>
  (await ask(server, who.owner, 'POST /organizations', { body: { name } })).body.id;

interface Item {
  objectId: string;
  actorId: string;
  action: string;
  requestId: string;
  details: Record<string, unknown>;
}
const list = async (who: TestServer['a'], query = ''): Promise<Item[]> =>
  (await ask(server, who.owner, `GET /audit-log${query}`)).body.items;

describe('GET /audit-log', () => {
  it('tells who did what in which request, the newest first, and nothing of another tenant', async () => {
    const id = await create(server.a, 'of A');
    await create(server.b, 'of B');
    await ask(server, server.a.owner, `DELETE /organizations/${id}`, {
      headers: { 'if-match': '*' },
    });
    const [gone, made] = await list(server.a, `?objectId=${id}`);
    const by = { actorKind: 'user', actorId: server.a.owner.id, objectType: 'organizations' };
    expect(gone).toMatchObject({ ...by, action: 'delete', details: { name: ['of A', null] } });
    expect(made).toMatchObject({ ...by, action: 'insert', details: { name: [null, 'of A'] } });
    expect(made?.requestId).toMatch(/^[0-9a-f-]{36}$/);
    expect(server.logged()).toContain(made?.requestId);
    expect(JSON.stringify(await list(server.a, '?limit=100'))).not.toContain('of B');
    expect(JSON.stringify(await list(server.b, '?limit=100'))).toContain('of B');
  });

  it('goes on from page to page without a gap, and narrows by actor, kind and time', async () => {
    for (const name of ['p1', 'p2', 'p3', 'p4', 'p5']) await create(server.a, name);
    const all = await list(
      server.a,
      `?limit=100&actor=${server.a.owner.id}&objectType=organizations`,
    );
    const paged: Item[] = [];
    for (let cursor: string | null = ''; cursor !== null; ) {
      const path: string = `GET /audit-log?limit=2&actor=${server.a.owner.id}&objectType=organizations${cursor && `&cursor=${cursor}`}`;
      const { body } = await ask(server, server.a.owner, path);
      paged.push(...body.items);
      cursor = body.nextCursor;
    }
    expect(paged).toEqual(all);
    expect(all.length).toBeGreaterThanOrEqual(5);
    expect(await list(server.a, '?to=2001-01-01T00:00:00Z')).toEqual([]);
    expect(await list(server.a, `?actor=${server.b.owner.id}`)).toEqual([]);
  });

  it('is for owners and admins', async () => {
    for (const [role, status] of [
      ['owner', 200],
      ['admin', 200],
      ['member', 403],
      ['viewer', 403],
    ] as const) {
      for (const path of ['GET /audit-log', 'GET /audit-log/export?format=csv']) {
        expect([role, (await ask(server, server.a[role], path)).status]).toEqual([role, status]);
      }
    }
  });
});

describe('GET /audit-log/export', () => {
  const download = (query: string) =>
    server.app.inject({
      url: `/audit-log/export${query}`,
      headers: { authorization: `Bearer ${server.a.owner.token}` },
    });

  it('streams JSON lines of one tenant, more than one piece of them', async () => {
    await runInTenant(server.a.owner.tenant.id, () =>
      server.prisma.organization.createMany({
        data: Array.from({ length: 1200 }, (_, n) => ({ name: `bulk ${n}` })),
      }),
    );
    const { body, headers, statusCode } = await download('?objectType=organizations');
    expect([statusCode, headers['content-type']]).toEqual([
      200,
      'application/jsonl; charset=utf-8',
    ]);
    const lines = body
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Item);
    expect(lines.filter(({ details }) => /bulk/.test(String(details.name)))).toHaveLength(1200);
    expect(new Set(lines.map(({ objectId, action }) => `${objectId}${action}`)).size).toBe(
      lines.length,
    );
    expect(body).not.toContain('of B');
  });

  it('writes CSV in which no cell is a formula', async () => {
    const { body, headers } = await download(`?format=csv&actor=${server.a.owner.id}`);
    expect(headers['content-disposition']).toBe('attachment; filename="audit-log.csv"');
    const [head, ...rows] = body.trimEnd().split('\r\n');
    expect(head).toMatch(/^createdAt,id,action/);
    expect(rows.length).toBeGreaterThan(5);
  });
});
