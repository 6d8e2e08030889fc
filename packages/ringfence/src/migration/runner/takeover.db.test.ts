import { type ChildProcess, spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { type TranspiledCli, transpileCli } from '../../cli/transpiled-cli.fixture.js';
import { keyringFromEnvironment } from '../../postgres/index.js';
import { proveContext, RUN_BATCH_STATEMENT } from '../../sql/index.js';
import { batchStatements, connectAsOwner, failureOf } from '../backfill/index.js';
import { type RolloutFixture, rolloutFixture } from './rollout.fixture.js';

// A backfill that counts, so that what is done twice shows.
const COUNTING = {
  'expand.sql': `ALTER TABLE public.folders ADD COLUMN slug text, ADD COLUMN done integer NOT NULL DEFAULT 0`,
  'backfill.sql': `-- table: public.folders
UPDATE public.folders SET slug = lower(name), done = done + 1 WHERE id > :after AND id <= :upto`,
};
// The program is transpiled first, and two processes share what the machine has left.
vi.setConfig({ testTimeout: 240_000, hookTimeout: 240_000 });

const SLOW = { firstBatch: 1, aim: { shortestMs: 0, longestMs: 1e6, fewest: 1, most: 1 } };

let cli: TranspiledCli;
let fixture: RolloutFixture;
let children: ChildProcess[] = [];

beforeAll(() => {
  cli = transpileCli();
});
afterAll(() => cli.remove());
afterEach(async () => {
  for (const child of children) child.kill('SIGKILL');
  children = [];
  await fixture.drop();
});

/** A runner in a process of its own, that takes its time. */
function startProcess(): ChildProcess {
  const program = path.join(cli.folder, 'runner.mjs');
  writeFileSync(
    program,
    `import { MigrationRunner, readMigrationFolder, Throttle } from './migration/index.js';
     import { keyringFromEnvironment } from './postgres/index.js';
     const pause = async () => { await new Promise((r) => setTimeout(r, 30)); };
     const runner = new MigrationRunner({
       url: process.env.URL, actor: 'process', migration: readMigrationFolder(process.env.FOLDER),
       keyring: keyringFromEnvironment(), workers: 1, throttle: new Throttle({ probes: [pause], everyMs: 0 }),
       worker: { leaseSeconds: 1, ...${JSON.stringify(SLOW)} },
     });
     process.exitCode = (await runner.roll(new AbortController().signal)) === 'soaking' ? 0 : 1;`,
  );
  const child = spawn(process.execPath, [program], {
    env: {
      PATH: process.env.PATH,
      RINGFENCE_CONTEXT_KEYS: process.env.RINGFENCE_CONTEXT_KEYS,
      URL: fixture.db.migration,
      FOLDER: fixture.migration.folder,
    },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  children.push(child);
  return child;
}

async function until(done: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 600; tries += 1) {
    if (await done()) return;
    await sleep(50);
  }
  throw new Error('It does not come to that.');
}

async function rowsDone(): Promise<number> {
  const [status] = await fixture.ledger.status(fixture.migration.name);
  return status?.rowsDone ?? 0;
}

async function expectOnce(rows: number): Promise<void> {
  const { rows: found } = await fixture.admin.query(
    'SELECT count(*)::int AS all, count(*) FILTER (WHERE done = 1 AND slug = lower(name))::int AS once FROM folders',
  );
  expect(found).toEqual([{ all: rows, once: rows }]);
}

const never = new AbortController().signal;

describe('a worker', () => {
  it('that is paused past its lease finds itself replaced, and changes nothing any more', async () => {
    fixture = await rolloutFixture(COUNTING);
    await fixture.tenants(60, 3);
    await fixture.runner().expand();
    const paused = startProcess();
    const ended = new Promise<number | null>((resolve) => paused.once('exit', resolve));
    await until(async () => (await rowsDone()) > 5);
    paused.kill('SIGSTOP');
    const before = await rowsDone();
    expect(before).toBeLessThan(63);
    expect(await fixture.runner().roll(never)).toBe('soaking');
    await expectOnce(63);
    paused.kill('SIGCONT');
    expect(await ended).toBe(0);
    await expectOnce(63);
    const [long] = (await fixture.ledger.tenants(fixture.migration.name)).filter(
      ({ rowsDone: rows }) => rows === 60,
    );
    expect(long?.fence).toBeGreaterThan(1);
  });

  it('that is killed is replaced when its lease has run out', async () => {
    fixture = await rolloutFixture(COUNTING);
    await fixture.tenants(40);
    await fixture.runner().expand();
    const killed = startProcess();
    await until(async () => (await rowsDone()) > 3);
    killed.kill('SIGKILL');
    expect(await fixture.runner().roll(never)).toBe('soaking');
    await expectOnce(40);
  });

  it('with an old fence is refused before anything is changed', async () => {
    fixture = await rolloutFixture(COUNTING);
    const [tenant = ''] = await fixture.tenants(5);
    await fixture.runner().expand();
    const { name, backfill } = fixture.migration;
    if (backfill?.kind !== 'sql') throw new Error('No SQL.');
    const owner = await connectAsOwner({ url: fixture.db.migration, actor: 'a test' });
    try {
      await fixture.ledger.ask({ act: 'request', migration: name, tenant, actor: 'a test' });
      await fixture.admin.query(
        `UPDATE ringfence.migration_tenants SET state = 'backfilling', fence = 7, lease_owner = 'somebody', lease_until = now() + interval '1 minute'`,
      );
      const { range, change, count } = await batchStatements(owner, backfill.table, backfill);
      const proof = proveContext(
        keyringFromEnvironment().signingKey(),
        tenant,
        Math.floor(Date.now() / 1000) + 60,
      );
      const batch = (fence: number): Promise<unknown> =>
        owner.query(RUN_BATCH_STATEMENT, [
          name,
          tenant,
          proof,
          fence,
          range,
          change,
          count,
          2,
          30,
          null,
          3,
          1,
        ]);
      const refused = await batch(6).catch(failureOf);
      expect(refused).toEqual({ kind: 'lost', code: 'RF102' });
      expect(await rowsDone()).toBe(0);
      await batch(7);
      expect(await rowsDone()).toBe(2);
      await fixture.ledger.ask({ act: 'pause', migration: name, actor: 'a test' });
      expect(await batch(7).catch(failureOf)).toEqual({ kind: 'stopped', code: 'RF103' });
      await fixture.ledger.ask({ act: 'resume', migration: name, actor: 'a test' });
      await fixture.ledger.ask({ act: 'stop', migration: '*', actor: 'a test' });
      expect(await batch(7).catch(failureOf)).toEqual({ kind: 'stopped', code: 'RF103' });
    } finally {
      await owner.end();
    }
  });
});

describe('two runners', () => {
  it('that are started at the same time share the work, and each row is done once', async () => {
    fixture = await rolloutFixture(COUNTING);
    await fixture.tenants(...Array.from({ length: 20 }, (_, at) => at * 2));
    const both = [fixture.runner(), fixture.runner({ worker: SLOW })];
    expect(await Promise.all(both.map((runner) => runner.expand()))).toEqual([
      'expanded',
      'expanded',
    ]);
    expect(await Promise.all(both.map((runner) => runner.roll(never)))).toEqual([
      'soaking',
      'soaking',
    ]);
    await expectOnce(380);
    const acts = await fixture.ledger.acts(fixture.migration.name, '0', 1000);
    expect(acts.filter(({ act }) => act === 'switched')).toHaveLength(20);
    expect(acts.filter(({ act }) => act === 'expanded')).toHaveLength(1);
  });
});
