import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createLibraryDatabase } from '../../test/library-database.fixture.js';
import { startShop } from '../prover/http/forty-routes.fixture.js';
import type { TestDatabase } from '../testing/index.js';
import { main } from './main.js';

let db: TestDatabase;
let folder: string;
beforeAll(async () => {
  db = await createLibraryDatabase();
  folder = mkdtempSync(path.join(os.tmpdir(), 'prove-'));
});
afterAll(async () => {
  rmSync(folder, { recursive: true });
  await db.drop();
});

async function run(...args: string[]): Promise<{ code: number; text: string }> {
  const lines: string[] = [];
  const env = { DATABASE_ADMIN_URL: db.admin, DATABASE_URL: db.app };
  const code = await main(args, { env, out: (line) => lines.push(line) });
  return { code, text: lines.join('\n') };
}

async function asAdmin(sql: string): Promise<void> {
  const admin = new pg.Client({ connectionString: db.admin });
  await admin.connect();
  await admin.query(sql);
  await admin.end();
}

describe('ringfence prove', () => {
  it('proves, writes a page and evidence that verifies until it is touched', async () => {
    const file = (name: string): string => path.join(folder, name);
    const { code, text } = await run(
      ...['prove', '--in-place', '--html', file('page.html')],
      ...['--evidence', file('evidence.json'), '--key', file('key.pem')],
    );
    expect(text).toContain('0 leaked');
    expect(code).toBe(0);
    expect(readFileSync(file('page.html'), 'utf8')).toContain('public.notes');
    const good = await run('verify-evidence', file('evidence.json'));
    expect(good).toMatchObject({ code: 0, text: expect.stringMatching(/^good: signed .*SHA256:/) });
    const [signer = ''] = /SHA256:\S+/.exec(good.text) ?? [];
    expect((await run('verify-evidence', file('evidence.json'), '--key', signer)).code).toBe(0);
    expect((await run('verify-evidence', file('evidence.json'), '--key', 'SHA256:x')).code).toBe(1);
    const evidence = readFileSync(file('evidence.json'), 'utf8');
    writeFileSync(file('evidence.json'), evidence.replace('"proven"', '"leaked"'));
    const bad = await run('verify-evidence', file('evidence.json'));
    expect(bad).toMatchObject({ code: 1, text: expect.stringContaining('altered') });
  });

  it('says what leaked with exit code 1, unless somebody answers for it', async () => {
    await asAdmin('GRANT TRUNCATE ON notes TO ringfence_app');
    const { code, text } = await run('prove', '--in-place');
    expect(text).toContain('LEAKED public.notes: truncate');
    expect(code).toBe(1);
    const accepted = await run('prove', '--in-place', '--json', '--accept', 'truncate=a test');
    expect(accepted.code).toBe(0);
    expect(JSON.parse(accepted.text)).toMatchObject({ summary: { leaked: 0, accepted: 2 } });
    await asAdmin('REVOKE TRUNCATE ON notes FROM ringfence_app');
  });

  it('does the same for mutants and over HTTP', async () => {
    const file = (name: string): string => path.join(folder, name);
    const out = (name: string): string[] => [
      ...['--html', file(`${name}.html`), '--evidence', file(`${name}.json`)],
      ...['--key', file('key.pem')],
    ];
    const { code } = await run('prove', '--mutate', '--per-kind', '1', ...out('mutants'));
    expect(code).toBe(0);
    const shop = await startShop('GET /comments/{id}', '3.1.0');
    writeFileSync(file('openapi.json'), JSON.stringify(shop.openapi));
    for (const name of ['acme', 'globex']) {
      const way = { token: `token-${name}`, headers: { 'x-api-key': `key-${name}` } };
      writeFileSync(file(`${name}.json`), JSON.stringify(way));
    }
    const overHttp = await run(
      ...['prove', '--http', file('openapi.json'), '--base-url', shop.baseUrl],
      ...['--a', file('acme.json'), '--b', file('globex.json'), '--per-second', '100000'],
      ...out('http'),
    );
    shop.server.close();
    expect(overHttp).toMatchObject({
      code: 1,
      text: expect.stringContaining('GET /comments/{id}'),
    });
    expect(readFileSync(file('mutants.html'), 'utf8')).toContain('guard-dropped');
    const page = readFileSync(file('http.html'), 'utf8');
    expect(page).toContain('GET /comments/{id}');
    expect(page).not.toMatch(/token-(acme|globex)|key-(acme|globex)/);
    for (const name of ['mutants', 'http']) {
      const good = await run('verify-evidence', file(`${name}.json`));
      expect(good).toMatchObject({ code: 0, text: expect.stringContaining('good: signed') });
    }
  }, 120_000);

  it('could not run: exit code 2 and a sentence', async () => {
    expect(await run('prove', '--url', 'postgresql://127.0.0.1:1/x', '--in-place')).toMatchObject({
      code: 2,
      text: expect.stringContaining('DATABASE_UNAVAILABLE'),
    });
    expect((await run('prove', '--tenant', 'one')).code).toBe(2);
    expect((await run('prove', '--accept', 'nonsense')).code).toBe(2);
    expect((await run('prove', '--nonsense')).code).toBe(2);
    expect((await run('prove', '--help')).code).toBe(0);
    expect((await run('verify-evidence')).code).toBe(2);
    expect((await run('verify-evidence', 'no-such-file')).code).toBe(2);
  });
});
