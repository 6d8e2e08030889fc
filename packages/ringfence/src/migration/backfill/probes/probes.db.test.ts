import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createLibraryDatabase } from '../../../../test/library-database.fixture.js';
import type { TestDatabase } from '../../../testing/index.js';
import { connectAsOwner } from '../runner-connection.js';
import { lockWaits, replicationLag, tableMaintenance, walRate } from './index.js';

let db: TestDatabase;
let owner: pg.Client;
let other: pg.Client;
beforeAll(async () => {
  db = await createLibraryDatabase();
  owner = await connectAsOwner({ url: db.migration, actor: 'a test' });
  other = new pg.Client({ connectionString: db.admin });
  await other.connect();
});
afterAll(async () => {
  await Promise.all([owner.end(), other.end()]);
  await db.drop();
});

/** Until the probe says what is wanted: the server shows things in its own time. */
async function until(probe: () => Promise<string | undefined>, wanted: RegExp): Promise<void> {
  for (let tries = 0; tries < 200; tries += 1) {
    if (wanted.test((await probe()) ?? 'nothing')) return;
    await sleep(25);
  }
  expect(await probe()).toMatch(wanted);
}

describe('the probes of the throttle, as a login that sees no more than others', () => {
  it('say nothing while nothing is the matter', async () => {
    const probes = [replicationLag(), walRate(), lockWaits(), tableMaintenance('public.folders')];
    for (const probe of probes) expect(await probe(owner)).toBeUndefined();
  });

  it('see that sessions wait for locks, and not that runners do', async () => {
    const waiter = new pg.Client({ connectionString: db.admin });
    await waiter.connect();
    await other.query('BEGIN; LOCK TABLE public.folders');
    const waiting = waiter.query('SELECT FROM public.folders');
    try {
      await until(() => lockWaits(0)(owner), /^1 sessions wait for locks$/);
      expect(await lockWaits(1)(owner)).toBeUndefined();
    } finally {
      await other.query('ROLLBACK');
      await waiting;
      await waiter.end();
    }
    const runner = await connectAsOwner({ url: db.migration, actor: 'a test' });
    await other.query('BEGIN; LOCK TABLE public.folders');
    const ours = runner.query('SELECT FROM public.folders').catch(() => undefined);
    await sleep(200);
    expect(await lockWaits(0)(owner)).toBeUndefined();
    await other.query('ROLLBACK');
    await ours;
    await runner.end();
  });

  it('see that the table is under maintenance', async () => {
    await other.query('BEGIN; LOCK TABLE public.folders IN SHARE UPDATE EXCLUSIVE MODE');
    expect(await tableMaintenance('public.folders')(owner)).toMatch(/public.folders is being/);
    expect(await tableMaintenance('public.notes')(owner)).toBeUndefined();
    await other.query('ROLLBACK');
    expect(await tableMaintenance('public.folders')(owner)).toBeUndefined();
  });

  it('count the WAL between two looks', async () => {
    let now = 0;
    const probe = walRate(1_000_000, () => now);
    expect(await probe(owner)).toBeUndefined();
    await other.query("SELECT pg_logical_emit_message(true, 'test', repeat('x', 4000000))");
    now = 1_000;
    expect(await probe(owner)).toMatch(/MiB of WAL per second/);
    now = 1_000_000;
    expect(await probe(owner)).toBeUndefined();
  });
});
