import { Controller, Get } from '@nestjs/common';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createLibraryDatabase } from '../../test/library-database.fixture.js';
import { libraryPrisma } from '../../test/library-prisma.fixture.js';
import { TenantPool } from '../postgres/index.js';
import { type TestDatabase, type TestTenant, twoTenants, withTenant } from '../testing/index.js';
import { AnyMember } from './any-member.decorator.js';
import { findForeignRow } from './find-foreign-row.js';
import { startApp, type TestApp } from './test-app.fixture.js';

const ROWS = 100;
const ROUNDS = 150;
/** Short pieces of time are measured many at once. */
const CHECKS = 20;
const MOST = 0.03;

let db: TestDatabase;
let pool: TenantPool;
let tenant: TestTenant;
let test: TestApp;
let body: object;
beforeAll(async () => {
  db = await createLibraryDatabase();
  pool = new TenantPool({ connectionString: db.app, max: 2 });
  ({ a: tenant } = await twoTenants(db));
  const { prisma } = libraryPrisma(pool);
  await withTenant(tenant, async () => {
    const folder = await prisma.folder.create({ data: { name: 'f' } });
    await prisma.note.createMany({
      data: Array.from({ length: ROWS }, (_, n) => ({
        folderId: folder.id,
        title: `note ${n}`,
        body: 'x'.repeat(200),
        data: { tags: ['one', 'two'], at: { x: n, y: n } },
      })),
    });
  });

  @AnyMember('test')
  @Controller()
  class NotesController {
    @Get('notes')
    async notes(): Promise<object> {
      body = { items: await prisma.note.findMany({ take: ROWS }), nextCursor: null };
      return body;
    }
  }
  const actor = { kind: 'user', id: 'u1', sessionId: 's1', role: 'member' } as const;
  test = await startApp([NotesController], {
    verifier: { verify: async () => ({ tenantId: tenant.id, tenantSlug: 'a', actor }) },
    directory: { findTenant: async () => ({ id: tenant.id, slug: 'a', state: 'active' }) },
    observers: [{ observe: () => undefined }],
  });
});
afterAll(async () => {
  await test?.app.close();
  await pool?.end();
  await db?.drop();
});

const median = (times: number[]): number =>
  times.sort((one, other) => one - other)[Math.floor(times.length / 2)] ?? Number.NaN;

async function millisecondsOf(work: () => unknown): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

describe('the egress check', () => {
  it(`costs less than ${MOST * 100} % of a list of ${ROWS} rows, the two measured by turns`, async () => {
    const headers = { authorization: 'Bearer x', 'x-tenant': 'a' };
    const request = async (): Promise<void> => {
      const answer = await test.app.inject({ url: '/notes', headers });
      expect(answer.statusCode).toBe(200);
    };
    const count = { rows: 0 };
    const check = (): void => {
      for (let n = 0; n < CHECKS; n += 1) findForeignRow(body, tenant.id, count);
    };
    const [lists, checks]: [number[], number[]] = [[], []];
    for (let round = 0; round < ROUNDS; round += 1) {
      lists.push(await millisecondsOf(request));
      checks.push((await millisecondsOf(check)) / CHECKS);
    }
    const ratio = median(checks.slice(30)) / median(lists.slice(30));
    if (process.env.RINGFENCE_SHOW_COST) {
      process.stdout.write(
        `egress check ${(median(checks) * 1000).toFixed(1)} µs of ${median(lists).toFixed(2)} ms: ${(ratio * 100).toFixed(2)} %\n`,
      );
    }
    // It did look, each time, at every row.
    expect(count.rows).toBe(ROUNDS * CHECKS * ROWS);
    expect(ratio).toBeLessThan(MOST);
  });
});
