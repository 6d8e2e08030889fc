import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { EmbeddedServer } from './embedded-server.js';
import { startEmbeddedServer } from './start-embedded-server.js';

const AS_ROOT = process.getuid?.() === 0;
const homes: string[] = [];

afterAll(() => {
  for (const home of homes) rmSync(home, { recursive: true, force: true });
});

/** A new folder; `open` to every OS user, as a clone in /srv would be, or to its owner alone. */
function newFolder(open: boolean): string {
  const home = mkdtempSync(path.join(tmpdir(), 'ringfence-embedded-'));
  homes.push(home);
  chmodSync(home, open ? 0o755 : 0o700);
  // Longer than a socket's path may be, and not only ASCII.
  const folder = path.join(home, `kløn of Zoë ${'x'.repeat(100)}`, 'data base');
  mkdirSync(folder, { recursive: true });
  return folder;
}

async function ask(url: string, sql: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows.flatMap(Object.values);
  } finally {
    await client.end();
  }
}

/** What is left when the owner is killed: the server, and a lock of a process that is gone. */
function loseOwner(folder: string): void {
  writeFileSync(path.join(folder, 'owner'), '4194999 1');
}

describe('a server that is kept', () => {
  const folder = newFolder(true);
  let server: EmbeddedServer;

  beforeAll(async () => {
    server = await startEmbeddedServer({ folder, durable: true });
    await ask(server.adminUrl, 'CREATE TABLE kept (line text)');
  });

  afterAll(async () => {
    await server.stop();
    expect(existsSync(path.join(server.dataFolder, 'postmaster.pid'))).toBe(false);
  });

  const keep = (line: string) => ask(server.adminUrl, `INSERT INTO kept VALUES ('${line}')`);
  const kept = () => ask(server.adminUrl, 'SELECT line FROM kept ORDER BY line');

  it('is PostgreSQL 18 inside the folder, and asks for the password', async () => {
    expect(await ask(server.adminUrl, 'SHOW server_version')).toEqual([
      expect.stringMatching(/^18\./),
    ]);
    expect(server.dataFolder).toBe(path.join(folder, 'data'));
    expect(existsSync(path.join(folder, 'LOCATION'))).toBe(false);
    const wrong = server.adminUrl.replace(/:[^:@]+@/, ':wrong@');
    await expect(ask(wrong, 'SELECT 1')).rejects.toMatchObject({ code: '28P01' });
  });

  it('is refused to a second owner', async () => {
    await expect(startEmbeddedServer({ folder, durable: true })).rejects.toMatchObject({
      code: 'EMBEDDED_SERVER_IN_USE',
    });
    await keep('after a refusal');
  });

  it('keeps its data and its port over a restart', async () => {
    await keep('before a restart');
    const { port } = server;
    await server.stop();
    server = await startEmbeddedServer({ folder, durable: true });
    expect(server.port).toBe(port);
    expect(await kept()).toEqual(['after a refusal', 'before a restart']);
  });

  it('is stopped first when its owner was killed, and nothing is lost', async () => {
    await keep('left behind');
    const orphan = server;
    loseOwner(folder);
    const lines: string[] = [];
    server = await startEmbeddedServer({ folder, durable: true, report: (l) => lines.push(l) });
    await orphan.ended;
    expect(lines).toEqual([expect.stringContaining('left behind')]);
    expect(await kept()).toContain('left behind');
  });

  it('says that it has ended when it is killed, and repairs itself at the next start', async () => {
    await keep('before the crash');
    const pid = readFileSync(path.join(server.dataFolder, 'postmaster.pid'), 'utf8').split('\n')[0];
    process.kill(Number(pid), 'SIGKILL');
    await server.ended;
    await server.stop();
    server = await startEmbeddedServer({ folder, durable: true });
    expect(await kept()).toContain('before the crash');
  });
});

describe('a server for tests', () => {
  it('deletes its data when it stops', async () => {
    const folder = newFolder(true);
    const server = await startEmbeddedServer({ folder, durable: false });
    expect(await ask(server.adminUrl, 'SHOW fsync')).toEqual(['off']);
    expect(existsSync(server.dataFolder)).toBe(true);
    await Promise.all([server.stop(), server.stop()]);
    expect(readdirSync(folder).sort()).toEqual(['port', 'server.log']);
  });

  it.runIf(AS_ROOT)('lives elsewhere when its OS user cannot reach the folder', async () => {
    const folder = newFolder(false);
    const lines: string[] = [];
    const report = (line: string) => lines.push(line);
    const server = await startEmbeddedServer({ folder, durable: false, report });
    const place = path.dirname(server.dataFolder);
    try {
      expect(place).not.toContain(folder);
      expect(readFileSync(path.join(folder, 'LOCATION'), 'utf8')).toBe(`${place}\n`);
      expect(lines).toEqual([expect.stringContaining(place)]);
      expect(await ask(server.adminUrl, 'SELECT 1 AS one')).toEqual([1]);
    } finally {
      await server.stop();
      rmSync(place, { recursive: true });
    }
  });

  it('does not touch a folder that holds something else', async () => {
    const folder = newFolder(true);
    const file = path.join(folder, 'data', 'letter.txt');
    mkdirSync(path.dirname(file));
    writeFileSync(file, 'not a database');
    await expect(startEmbeddedServer({ folder, durable: true })).rejects.toMatchObject({
      code: 'EMBEDDED_SERVER_FAILED',
    });
    expect(readFileSync(file, 'utf8')).toBe('not a database');
  });
});
