import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createLibraryDatabase } from '../../test/library-database.fixture.js';
import { generateContextKey, keyringFromFile, TenantPool } from '../postgres/index.js';
import { type TestDatabase, type TestTenant, twoTenants, withTenant } from '../testing/index.js';
import { main } from './main.js';

let db: TestDatabase;
let other: TestDatabase;
let folder: string;
let keyring: string;
let a: TestTenant;

beforeEach(async () => {
  [db, other] = await Promise.all([createLibraryDatabase(), createLibraryDatabase()]);
  ({ a } = await twoTenants(db));
  folder = mkdtempSync(path.join(os.tmpdir(), 'keyring-'));
  keyring = path.join(folder, 'context-keys');
  writeFileSync(keyring, `${generateContextKey()}\n`);
});
afterEach(async () => {
  rmSync(folder, { recursive: true });
  await Promise.all([db.drop(), other.drop()]);
});

async function keys(...args: string[]): Promise<{ code: number; text: string }> {
  const lines: string[] = [];
  const code = await main(['keys', ...args, '--keyring', keyring, '--url', db.migration], {
    env: {},
    out: (line) => lines.push(line),
  });
  return { code, text: lines.join('\n') };
}

const kids = (): string[] =>
  readFileSync(keyring, 'utf8')
    .trim()
    .split('\n')
    .map((line) => line.split(':')[0] ?? '');

describe('ringfence keys', () => {
  it('says when a database does not know what is signed with', async () => {
    const { code, text } = await keys('list');
    expect(code).toBe(1);
    expect(text).toContain('not known to every database');
  });

  it('changes nothing without --apply', async () => {
    const before = readFileSync(keyring, 'utf8');
    expect((await keys('rotate')).text).toContain('add --apply');
    expect(readFileSync(keyring, 'utf8')).toBe(before);
  });

  it('rotates under running work: no request fails, and a retired key is worthless', async () => {
    const pool = new TenantPool({ connectionString: db.app, keyring: keyringFromFile(keyring) });
    await expect(withTenant(a, () => pool.query('SELECT FROM folders'))).rejects.toMatchObject({
      code: 'RF003',
    });
    expect((await keys('rotate', '--apply')).code).toBe(0);
    const [first = '', unknown = ''] = kids();
    expect(statSync(keyring).mode & 0o077).toBe(0);

    // The file is looked at once a second.
    await new Promise((resolve) => setTimeout(resolve, 1200));
    let stop = false;
    let done = 0;
    const work = (async () => {
      while (!stop) {
        await withTenant(a, () => pool.query('SELECT FROM folders'));
        done += 1;
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    })();
    expect((await keys('rotate', '--apply')).code).toBe(0);
    await new Promise((resolve) => setTimeout(resolve, 1200));
    const [second] = kids();
    expect((await keys('retire', first, '--apply')).code).toBe(0);
    await withTenant(a, () => pool.query('SELECT FROM folders'));
    stop = true;
    await work;
    expect(done).toBeGreaterThan(20);
    await pool.end();

    const listed = await keys('list', '--json');
    expect(JSON.parse(listed.text)).toMatchObject({ code: 0, signing: second });
    expect(listed.text).not.toContain(first);
    expect((await keys('retire', second ?? '', '--apply')).text).toContain('rotate first');
    expect(unknown).not.toBe(first);
  });

  it('activates nothing while one of the databases cannot take the key', async () => {
    const before = readFileSync(keyring, 'utf8');
    const { code, text } = await keys('rotate', '--apply', '--url', other.app);
    expect(code).toBe(2);
    expect(text).toMatch(/permission denied/);
    expect(readFileSync(keyring, 'utf8')).toBe(before);
  });

  it('prints no secret', async () => {
    const texts = [
      await keys('rotate', '--apply'),
      await keys('list'),
      await keys('list', '--json'),
    ];
    for (const line of readFileSync(keyring, 'utf8').trim().split('\n')) {
      for (const { text } of texts) expect(text).not.toContain(line.split(':')[1]);
    }
  });

  it('says how it is used, and what was wrong', async () => {
    const lines: string[] = [];
    const out = (line: string): void => void lines.push(line);
    expect(await main(['--help'], { env: {}, out })).toBe(0);
    expect(await main(['keys', '--help'], { env: {}, out })).toBe(0);
    expect(await main([], { env: {}, out })).toBe(2);
    expect(await main(['nonsense'], { env: {}, out })).toBe(2);
    expect(await main(['keys', 'list'], { env: {}, out })).toBe(2);
    expect(await main(['keys', '--nonsense'], { env: {}, out })).toBe(2);
    for (const line of lines.flatMap((each) => each.split('\n'))) {
      expect(line.length, line).toBeLessThanOrEqual(120);
    }
  });
});
