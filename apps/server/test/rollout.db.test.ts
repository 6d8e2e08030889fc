import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { Inject, Injectable } from '@nestjs/common';
import { Test, type TestingModule } from '@nestjs/testing';
import pg from 'pg';
import { runInTenant, type TenantId } from 'ringfence/context';
import {
  contractBlockers,
  MigrationDesk,
  MigrationRunner,
  readMigrationFolder,
} from 'ringfence/migration';
import {
  MigrationModule,
  MigrationService,
  SwitchedMigrations,
  WhenMigrated,
} from 'ringfence/nest';
import { keyringFromEnvironment, OperatorPool, TenantPool } from 'ringfence/postgres';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ask, makeRows, type TestRows } from './ask.fixture.js';
import { startTestServer, type TestServer } from './server-app.fixture.js';

// One change of the sample domain on its whole way: documents.title becomes documents.heading. The server
// of this repository is the old release, which knows nothing of it; the new one stands below.

const ROOT = path.resolve(import.meta.dirname, '../../..');
const FOLDER = path.join(import.meta.dirname, 'rollout/20261201100000_document_heading');
const HEADING = path.basename(FOLDER);

@Injectable()
class Headings {
  constructor(@Inject(TenantPool) private readonly pool: TenantPool) {}

  @WhenMigrated(HEADING, { otherwise: 'readTitle' })
  async read(id: string): Promise<string> {
    const { rows } = await this.pool.query('SELECT heading FROM documents WHERE id = $1', [id]);
    return `new: ${rows[0]?.heading}`;
  }

  async readTitle(id: string): Promise<string> {
    const { rows } = await this.pool.query('SELECT title FROM documents WHERE id = $1', [id]);
    return `old: ${rows[0]?.title}`;
  }

  @WhenMigrated(HEADING, { otherwise: 'writeTitle' })
  async write(id: string, text: string): Promise<void> {
    await this.pool.query('UPDATE documents SET heading = $2 WHERE id = $1', [id, text]);
  }

  async writeTitle(id: string, text: string): Promise<void> {
    await this.pool.query('UPDATE documents SET title = $2 WHERE id = $1', [id, text]);
  }
}

let old: TestServer;
let release: TestingModule;
let pool: TenantPool;
let operator: OperatorPool;
let admin: pg.Client;
let service: MigrationService;
let a: TenantId;
let b: TenantId;
let ofA: TestRows;
let ofB: TestRows;
beforeAll(async () => {
  old = await startTestServer();
  [a, b] = [old.a.owner.tenant.id, old.b.owner.tenant.id];
  [ofA, ofB] = [await makeRows(old, old.a, 'of a'), await makeRows(old, old.b, 'of b')];
  pool = new TenantPool({ connectionString: old.db.app, max: 2, attribution: true });
  operator = new OperatorPool({ connectionString: old.db.operator, max: 2 });
  admin = new pg.Client({ connectionString: old.db.admin });
  await admin.connect();
  const desk = new MigrationDesk({
    operator,
    runner: (_name, until) => runner().roll(until, { start: false, watch: true }),
  });
  release = await Test.createTestingModule({
    imports: [MigrationModule.forRoot({ names: [HEADING], switched: pool, requests: desk })],
    providers: [Headings, { provide: TenantPool, useValue: pool }],
  }).compile();
  await release.init();
  service = release.get(MigrationService);
});
afterAll(async () => {
  await release?.close();
  await Promise.all([pool?.end(), operator?.end(), admin?.end()]);
  await old?.stop();
});

const runner = () =>
  new MigrationRunner({
    url: old.db.migration,
    actor: 'release pipeline',
    migration: readMigrationFolder(FOLDER),
    keyring: keyringFromEnvironment(),
    settleSeconds: 0,
    worker: { idleMs: 20 },
  });
const ann = { actor: 'ann' };
const newReads = (tenant: TenantId, id: string) =>
  runInTenant(tenant, () => release.get(Headings).read(id));
const newWrites = (tenant: TenantId, id: string, text: string) =>
  runInTenant(tenant, () => release.get(Headings).write(id, text));
const oldReads = async (people: TestServer['a'], id: string) =>
  (await ask(old, people.owner, `GET /documents/${id}`)).body.title;
const oldWrites = async (people: TestServer['a'], id: string, title: string) =>
  (await ask(old, people.owner, `PATCH /documents/${id}`, { body: { title } })).status;
/** What the new release remembers is for three seconds; tests do not wait. */
const forget = () => release.get(SwitchedMigrations).clear();

describe('a change of the sample domain', () => {
  it('1: expands the schema, and the old release does not notice', async () => {
    expect(await runner().expand()).toBe('expanded');
    expect(await oldReads(old.a, ofA.document)).toBe('of a');
    expect(await oldWrites(old.a, ofA.document, 'old wrote')).toBe(200);
    expect(await newReads(a, ofA.document)).toBe('old: old wrote');
    const { rows } = await admin.query('SELECT heading FROM documents WHERE id = $1', [
      ofA.document,
    ]);
    expect(rows).toEqual([{ heading: 'old wrote' }]);
  });

  it('2: goes to one tenant, and both releases serve both tenants, each in its shape', async () => {
    expect(await service.applyMigrationToTenant(a, HEADING, ann)).toMatchObject({
      state: 'switched',
    });
    expect(await service.isSwitched(a, HEADING)).toBe(true);
    expect(await service.isSwitched(b, HEADING)).toBe(false);
    expect(await newReads(a, ofA.document)).toBe('new: old wrote');
    expect(await newReads(b, ofB.document)).toBe('old: of b');
    // Whoever writes, both read it.
    await newWrites(a, ofA.document, 'new wrote');
    expect(await oldReads(old.a, ofA.document)).toBe('new wrote');
    expect(await oldWrites(old.a, ofA.document, 'old again')).toBe(200);
    expect(await newReads(a, ofA.document)).toBe('new: old again');
  });

  it('3: goes back by a flag, and what was written in the new shape is there in the old one', async () => {
    await newWrites(a, ofA.document, 'written before the way back');
    const desk = new MigrationDesk({ operator });
    await desk.ask({ act: 'rollback', migration: HEADING, actor: 'ann', reason: 'errors' });
    forget();
    expect(await newReads(a, ofA.document)).toBe('old: written before the way back');
    expect(await oldReads(old.a, ofA.document)).toBe('written before the way back');
    expect(await runner().roll(AbortSignal.timeout(60_000), { start: false })).toBe('rolled_back');
  });

  it('4: goes ring by ring, and waits for somebody to approve the last one', async () => {
    await service.applyMigrationToRing(HEADING, 'pilots', ann);
    await expect(
      service.applyMigrationToRing(HEADING, 'everybody', { ...ann, timeoutMs: 500 }),
    ).rejects.toMatchObject({ code: 'MIGRATION_UNDER_WAY' });
    const desk = new MigrationDesk({ operator });
    await desk.ask({ act: 'approve', migration: HEADING, actor: 'bob', ring: 'everybody' });
    await service.applyMigrationToRing(HEADING, 'everybody', ann);
    expect(await service.status(HEADING)).toMatchObject({ tenants: { switched: 2, pending: 0 } });
    for (const [tenant, document] of [
      [a, ofA.document],
      [b, ofB.document],
    ] as const) {
      expect(await newReads(tenant, document)).toMatch(/^new: /);
    }
  });

  it('5: is not contracted while a node of the old release says that it lives', async () => {
    expect(await runner().roll(AbortSignal.timeout(60_000))).toBe('soaking');
    const blockers = await contractBlockers(admin, HEADING);
    expect(blockers).toEqual([expect.stringMatching(/^Node .+ is of version 0\.1\.0; 0\.2\.0 is/)]);
    await expect(runner().contract()).rejects.toMatchObject({ code: 'CONTRACT_REFUSED' });
    expect(await oldReads(old.b, ofB.document)).toBe('of b');
  });

  it('6: is contracted when it is gone, and there is no way back', async () => {
    await old.app.close();
    // It was heard of a moment ago; five minutes would be waited.
    await admin.query("UPDATE ringfence.migration_nodes SET seen_at = seen_at - interval '1 hour'");
    await runner().contract();
    forget();
    expect(await newReads(a, ofA.document)).toBe('new: written before the way back');
    expect(await newReads(b, ofB.document)).toBe('new: of b');
    await expect(
      runInTenant(b, () => release.get(Headings).readTitle(ofB.document)),
    ).rejects.toMatchObject({ code: '42703' });
    const desk = new MigrationDesk({ operator });
    await expect(
      desk.ask({ act: 'rollback', migration: HEADING, actor: 'ann' }),
    ).rejects.toMatchObject({ code: 'MIGRATION_STEP_REFUSED' });
  });

  it('stands in the log of the platform, with whoever asked for it', async () => {
    const acts = await operator.run('read the log', async (db) => {
      const { rows } = await db.query<{ who: string; what: string }>(
        `SELECT DISTINCT actor_id AS who, action AS what FROM ringfence.platform_log
         WHERE details ->> 'migration' = $1 AND action LIKE 'ask:%'`,
        [HEADING],
      );
      return rows.map(({ who, what }) => `${who} ${what}`).sort();
    });
    expect(acts).toEqual(['ann ask:request', 'ann ask:rollback', 'bob ask:approve']);
  });
});

describe('docs/migrations.md', () => {
  it('shows what is run here', () => {
    const page = readFileSync(path.join(ROOT, 'docs/migrations.md'), 'utf8');
    const flat = (text: string): string => text.replace(/\s+/g, ' ').trim();
    const shown = [...page.matchAll(/```\w+ file=(\S+)\n([\s\S]*?)```/g)];
    expect(shown.length).toBeGreaterThan(5);
    for (const [, file = '', text = ''] of shown) {
      expect(flat(readFileSync(path.join(ROOT, file), 'utf8'))).toContain(flat(text));
    }
  });
});

describe('the tests of the old release', () => {
  it('pass on the expanded schema', async () => {
    const vitest = path.join(ROOT, 'node_modules/vitest/vitest.mjs');
    const args = [vitest, 'run', '--maxWorkers=1', 'apps/server/src/documents'];
    const { code, text } = await finished(args, { RINGFENCE_TEST_EXPANDED_BY: FOLDER });
    expect(code, text).toBe(0);
    expect(text).toMatch(/Tests .*\d+ passed/);
  }, 240_000);
});

function finished(
  args: string[],
  env: Record<string, string>,
): Promise<{ code: number | null; text: string }> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, args, {
      cwd: ROOT,
      env: {
        ...process.env,
        RINGFENCE_TEST_DATABASE_URL: process.env.RINGFENCE_TEST_ADMIN_URL,
        ...env,
      },
    });
    let text = '';
    child.stdout.on('data', (chunk) => {
      text += String(chunk);
    });
    child.stderr.on('data', (chunk) => {
      text += String(chunk);
    });
    child.on('close', (code) => resolve({ code, text }));
  });
}
