import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  createLedgerDatabase,
  type LedgerDatabase,
  SLUGS,
} from '../../test/ledger-database.fixture.js';
import { type TestTenant, twoTenants } from '../testing/index.js';
import { main } from './main.js';

let ledger: LedgerDatabase;
let a: TestTenant;
let b: TestTenant;
let folder: string;
beforeAll(async () => {
  ledger = await createLedgerDatabase();
  folder = mkdtempSync(path.join(os.tmpdir(), 'migrate-'));
});
afterAll(async () => {
  rmSync(folder, { recursive: true });
  await ledger?.drop();
});
beforeEach(async () => {
  await ledger.owner('DELETE FROM ringfence.tenants');
  ({ a, b } = await twoTenants(ledger.db));
});

interface Ran {
  readonly code: number;
  readonly out: string[];
  readonly json: Record<string, unknown>;
}

async function run(...args: string[]): Promise<Ran> {
  const out: string[] = [];
  const code = await main(['migrate', ...args], {
    env: { DATABASE_OPERATOR_URL: ledger.db.operator },
    out: (line) => out.push(line),
  });
  const [first = ''] = out;
  return { code, out, json: first.startsWith('{') ? JSON.parse(first) : {} };
}

async function state(): Promise<unknown> {
  const [row] = await ledger.owner('SELECT state FROM ringfence.migrations WHERE name = $1', [
    SLUGS,
  ]);
  return row?.state;
}

async function backToRolling(): Promise<void> {
  await ledger.owner('DELETE FROM ringfence.migration_control');
  if ((await state()) !== 'rolling') {
    await ledger.owner("UPDATE ringfence.migrations SET state = 'rolling' WHERE name = $1", [
      SLUGS,
    ]);
  }
}

describe('ringfence migrate', () => {
  it('asks for nothing without --apply, and says what would be refused', async () => {
    const dry = await run('pause', SLUGS, '--as', 'ann');
    expect(dry.code).toBe(0);
    expect(dry.out).toEqual([`pause ${SLUGS}, as ann: paused`, 'Nothing was done: add --apply.']);
    expect(await state()).toBe('rolling');
    expect(
      await ledger.owner("SELECT FROM ringfence.migration_acts WHERE act = 'ask:pause'"),
    ).toEqual([]);
    // It cannot be resumed where it rolls, and does not exist under another name.
    expect(await run('pause', 'misspelt', '--as', 'ann')).toMatchObject({ code: 2 });
    expect((await run('pause', 'misspelt')).out[0]).toMatch(/^MIGRATION_UNKNOWN/);
  });

  it('pauses and resumes in the name of whoever asks, who stands in the ledger and in the log of the platform', async () => {
    const paused = await run(
      'pause',
      SLUGS,
      '--as',
      'ann',
      '--reason',
      'lunch',
      '--apply',
      '--json',
    );
    expect(paused).toMatchObject({
      code: 0,
      json: { act: 'pause', migration: SLUGS, actor: 'ann', applied: true, state: 'paused' },
    });
    expect(await state()).toBe('paused');
    expect((await run('status')).code).toBe(1);
    expect((await run('status', SLUGS)).out.join('\n')).toMatch(/paused.*why: lunch/s);
    expect((await run('resume', SLUGS, '--as', 'bob', '--apply')).code).toBe(0);
    expect(await state()).toBe('rolling');
    expect((await run('status')).code).toBe(0);
    const acts = await ledger.operator(
      "SELECT act, actor, reason FROM ringfence.migration_acts WHERE act LIKE 'ask:%' ORDER BY id",
    );
    expect(acts.slice(-2)).toEqual([
      { act: 'ask:pause', actor: 'ann', reason: 'lunch' },
      { act: 'ask:resume', actor: 'bob', reason: null },
    ]);
    const logged = await ledger.operator(
      `SELECT action, actor_id AS actor, login FROM ringfence.platform_log
       WHERE object_type = 'migrations' AND action LIKE 'ask:%' ORDER BY xact, id`,
    );
    expect(logged).toContainEqual({
      action: 'ask:pause',
      actor: 'ann',
      // Whatever name was given: the login is told by the database.
      login: decodeURIComponent(new URL(ledger.db.operator).username),
    });
  });

  it('acts in the name of the user of the operating system when nobody else is named', async () => {
    const { json } = await run('pause', SLUGS, '--json');
    expect(json.actor).toBe(os.userInfo().username);
    expect(await run('pause', SLUGS, '--as', ' ')).toMatchObject({ code: 2 });
  });

  it('skips, retries and lists tenants', async () => {
    await ledger.owner("UPDATE ringfence.migration_tenants SET state = 'reverting'");
    await ledger.owner("UPDATE ringfence.migration_tenants SET state = 'pending'");
    expect((await run('skip', SLUGS, '--tenant', a.id, '--apply')).out[0]).toMatch(/--reason/);
    const skipped = await run('skip', SLUGS, '--tenant', a.id, '--reason', 'moves out', '--apply');
    expect(skipped.code).toBe(0);
    const listed = await run('status', SLUGS, '--state', 'quarantined', '--json');
    expect(listed.code).toBe(1);
    expect(listed.json.tenants).toMatchObject([{ tenant: a.id, errorCode: 'SKIPPED' }]);
    const shown = await run('status', SLUGS);
    expect(shown.code).toBe(1);
    expect(shown.out.join('\n')).toContain(a.id);
    expect(shown.out.join('\n')).not.toContain(b.id);
    expect((await run('retry', SLUGS, '--tenant', b.id, '--apply')).code).toBe(2);
    expect((await run('retry', SLUGS, '--tenant', a.id, '--apply')).code).toBe(0);
    expect((await run('status', SLUGS)).code).toBe(0);
  });

  it('refuses what a verb does not take, before it asks anybody', async () => {
    for (const args of [
      ['pause'],
      ['pause', SLUGS, 'another'],
      ['pause', SLUGS, '--tenant', a.id],
      ['pause', SLUGS, '--all'],
      ['halt', SLUGS, '--all'],
      ['approve', SLUGS],
      ['skip', SLUGS, '--tenant', 'not-an-id', '--reason', 'x'],
      ['status', SLUGS, '--state', 'misspelt'],
      ['status', '--wrong'],
      ['explode'],
      ['watch', SLUGS, '--interval', '-1'],
    ]) {
      expect((await run(...args)).code, args.join(' ')).toBe(2);
    }
    expect((await run()).code).toBe(2);
    expect((await run('--help')).code).toBe(0);
    expect((await run('pause', '--help')).code).toBe(0);
  });

  it('watches until there is nothing more to see, and says so as JSON', async () => {
    await run('pause', SLUGS, '--as', 'ann', '--apply');
    const watched = await run('watch', SLUGS, '--json');
    expect(watched.code).toBe(1);
    expect(watched.json).toMatchObject({
      migration: SLUGS,
      state: 'paused',
      tenants: { switched: 2 },
    });
    expect((watched.json.acts as object[])[0]).toMatchObject({ act: 'ask:pause', actor: 'ann' });
    const text = await run('watch', SLUGS);
    expect(text.out[0]).toMatch(new RegExp(`^${SLUGS} .*paused  \\d\\d:\\d\\d:\\d\\d$`));
    expect(Math.max(...text.out.map((line) => line.length))).toBeLessThanOrEqual(80);
    await backToRolling();
  });

  it('shows the same in the same place while it goes on, where somebody looks on', async () => {
    const shown: (readonly string[])[] = [];
    const watching = main(['migrate', 'watch', SLUGS, '--interval', '0.05'], {
      env: { DATABASE_OPERATOR_URL: ledger.db.operator },
      out: () => undefined,
      redraw: (lines) => {
        shown.push(lines);
        if (shown.length === 3) void run('pause', SLUGS, '--as', 'ann', '--apply');
      },
    });
    expect(await watching).toBe(1);
    expect(shown.length).toBeGreaterThan(3);
    expect(shown[0]?.[0]).toContain('rolling');
    expect(shown.at(-1)?.[0]).toContain('paused');
    await backToRolling();
  });
});

describe('the kill switch', () => {
  it('stops one migration, and lets it go again', async () => {
    expect((await run('halt', SLUGS, '--as', 'ann', '--reason', 'errors', '--apply')).code).toBe(0);
    expect(await state()).toBe('halted');
    expect(await ledger.owner('SELECT migration, actor FROM ringfence.migration_control')).toEqual([
      { migration: SLUGS, actor: 'ann' },
    ]);
    const status = await run('status', SLUGS);
    expect(status.code).toBe(1);
    expect(status.out.join('\n')).toContain('STOPPED: this migration, by ann: errors');
    expect((await run('release', SLUGS, '--as', 'ann', '--apply')).code).toBe(0);
    expect(await state()).toBe('rolling');
    expect(await ledger.owner('SELECT FROM ringfence.migration_control')).toEqual([]);
  });

  it('stops all of them', async () => {
    expect((await run('halt', '--all', '--as', 'ann', '--apply')).code).toBe(0);
    expect((await run('status', SLUGS)).out.join('\n')).toContain(
      'STOPPED: all migrations, by ann',
    );
    expect((await run('status')).code).toBe(1);
    expect((await run('release', '--all', '--as', 'ann', '--apply')).code).toBe(0);
    expect((await run('status')).code).toBe(0);
  });

  it('is on although the state of the migration is locked', async () => {
    await ledger.owner('BEGIN');
    await ledger.owner('SELECT FROM ringfence.migrations WHERE name = $1 FOR UPDATE', [SLUGS]);
    const halting = run('halt', SLUGS, '--as', 'ann', '--apply');
    try {
      await expect
        .poll(() => ledger.operator('SELECT migration FROM ringfence.migration_control'), {
          timeout: 10_000,
        })
        .toEqual([{ migration: SLUGS }]);
    } finally {
      await ledger.owner('ROLLBACK');
    }
    expect((await halting).code).toBe(0);
    expect(await state()).toBe('halted');
    await run('release', SLUGS, '--as', 'ann', '--apply');
  });

  it('makes the stop file first, also when the database does not answer', async () => {
    const file = path.join(folder, 'stop');
    const dry = await run('halt', SLUGS, '--as', 'ann', '--stop-file', file);
    expect(dry.out[0]).toBe(`would make the stop file ${file}`);
    expect(existsSync(file)).toBe(false);
    const out: string[] = [];
    const code = await main(
      ['migrate', 'halt', SLUGS, '--as', 'ann', '--reason', 'slow', '--stop-file', file, '--apply'],
      {
        env: { DATABASE_OPERATOR_URL: 'postgres://127.0.0.1:9/away' },
        out: (line) => out.push(line),
      },
    );
    expect(code).toBe(2);
    expect(out[0]).toBe(`made the stop file ${file}`);
    expect(readFileSync(file, 'utf8')).toMatch(/ ann slow$/m);
  });
});
