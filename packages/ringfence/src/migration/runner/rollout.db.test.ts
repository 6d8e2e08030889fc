import { afterEach, describe, expect, it } from 'vitest';
import { parseTenantId, runInTenant } from '../../context/index.js';
import { TenantPool } from '../../postgres/index.js';
import { SWITCHED_MIGRATIONS_STATEMENT } from '../../sql/index.js';
import type { RolloutEvent } from '../backfill/index.js';
import { contractBlockers } from './contract.js';
import { type RolloutFixture, rolloutFixture } from './rollout.fixture.js';

let fixture: RolloutFixture;
afterEach(() => fixture.drop());

const never = new AbortController().signal;
const name = '20261201090000_slugs';
const ask = (act: 'resume' | 'retry' | 'approve' | 'rollback' | 'start' | 'request', more = {}) =>
  fixture.ledger.ask({ act, migration: name, actor: 'ann', ...more });
const stateOf = async (tenant: string) =>
  (await fixture.ledger.tenants(name)).find((each) => each.tenant === tenant);

/** Rows of one tenant come out wrong, whatever the backfill does. */
const SPOIL = `CREATE FUNCTION public.spoil() RETURNS trigger LANGUAGE plpgsql
  AS $$ BEGIN IF NEW.name LIKE 'bad%' THEN NEW.slug := 'spoilt'; END IF; RETURN NEW; END $$;
CREATE TRIGGER zz_spoil BEFORE UPDATE ON public.folders FOR EACH ROW EXECUTE FUNCTION public.spoil();`;

describe('a tenant whose rows fail verification', () => {
  it('is quarantined while the others go on, when that share is allowed, and can be tried again', async () => {
    fixture = await rolloutFixture({
      'meta.json': JSON.stringify({
        rings: [{ name: 'all', select: { share: 1 } }],
        quarantineShare: 0.2,
        gate: { failedShare: 0.2, mismatches: 10 },
        contract: { soak: '0s' },
      }),
    });
    const [bad = '', ...good] = await fixture.tenants(4, 3, 3, 3, 3, 3);
    await fixture.admin.query("UPDATE folders SET name = 'bad ' || name WHERE tenant_id = $1", [
      bad,
    ]);
    await fixture.runner().expand();
    await fixture.admin.query(SPOIL);
    expect(await fixture.runner().roll(never)).toBe('soaking');
    expect(await stateOf(bad)).toMatchObject({
      state: 'quarantined',
      errorCode: 'MISMATCH',
      mismatches: 4,
      attempts: 3,
    });
    for (const tenant of good) expect(await stateOf(tenant)).toMatchObject({ state: 'switched' });
    expect(await contractBlockers(fixture.admin, name)).toEqual([
      expect.stringMatching(/^1 tenants are not switched/),
    ]);
    await expect(fixture.runner().contract()).rejects.toMatchObject({ code: 'CONTRACT_REFUSED' });

    await fixture.admin.query('DROP TRIGGER zz_spoil ON folders');
    await ask('retry', { tenant: bad });
    expect(await fixture.runner().roll(never)).toBe('soaking');
    expect(await stateOf(bad)).toMatchObject({ state: 'switched', mismatches: 0 });
    await fixture.runner().contract();
    expect(await fixture.compare()).toEqual({ wrong: 0, all: 19 });
  });

  it('holds the migration when it is one too many, and later rings are not begun', async () => {
    fixture = await rolloutFixture({
      'meta.json': JSON.stringify({
        rings: [
          { name: 'small', select: { rowsUpTo: 5 } },
          { name: 'all', select: { share: 1 } },
        ],
      }),
    });
    const [bad = '', large = ''] = await fixture.tenants(4, 30);
    await fixture.admin.query("UPDATE folders SET name = 'bad ' || name WHERE tenant_id = $1", [
      bad,
    ]);
    await fixture.runner().expand();
    await fixture.admin.query(SPOIL);
    expect(await fixture.runner().roll(never)).toBe('held');
    expect(await fixture.ledger.find(name)).toMatchObject({
      reason: 'ring small: 1 of 1 tenants stand in quarantine',
    });
    expect(await stateOf(large)).toMatchObject({ state: 'pending', ring: 'all' });
    // Somebody has looked and lets it go on.
    await ask('approve', { ring: 'small' });
    await ask('resume');
    expect(await fixture.runner().roll(never)).toBe('soaking');
    expect(await stateOf(large)).toMatchObject({ state: 'switched' });
    expect(await stateOf(bad)).toMatchObject({ state: 'quarantined' });
  });
});

describe('rings', () => {
  it('wait for approval, and hold when the nodes of the application say that it got worse', async () => {
    fixture = await rolloutFixture({
      'meta.json': JSON.stringify({
        rings: [
          { name: 'first', select: { rowsUpTo: 5 } },
          { name: 'all', select: { share: 1 }, approval: true },
        ],
      }),
    });
    const [small = '', large = ''] = await fixture.tenants(2, 9);
    await fixture.runner().expand();
    const signal = (at: string, errors: number): Promise<unknown> =>
      fixture.admin.query(
        `INSERT INTO ringfence.migration_nodes (node, version) VALUES ('web', '1.0.0') ON CONFLICT DO NOTHING;
         INSERT INTO ringfence.migration_signals (node, at, requests, errors, p95_us)
         VALUES ('web', clock_timestamp() + interval '${at}', 1000, ${errors}, 20000) ON CONFLICT DO NOTHING`,
      );
    await signal('-1 minute', 1);
    const stop = new AbortController();
    const events: RolloutEvent[] = [];
    await fixture
      .runner({
        onEvent: (event) => {
          events.push(event);
          if (event.kind === 'ring' && event.reason === 'waits for approval') stop.abort();
        },
      })
      .roll(stop.signal);
    expect(await stateOf(small)).toMatchObject({ state: 'switched' });
    expect(await stateOf(large)).toMatchObject({ state: 'pending' });
    await ask('approve', { ring: 'all' });
    // Of the second ring: what is reported while it is open.
    const runner = fixture.runner({
      onEvent: (event) => {
        if (event.kind === 'batch') void signal('0', 500);
      },
      worker: { firstBatch: 1, aim: { shortestMs: 0, longestMs: 1e6, fewest: 1, most: 1 } },
    });
    expect(await runner.roll(never)).toBe('held');
    expect((await fixture.ledger.find(name))?.reason).toMatch(
      /^ring all: \d+\.\d+ % of requests fail, before/,
    );
    // Switched they are, and can be taken back.
    expect(await stateOf(large)).toMatchObject({ state: 'switched' });
  });

  it('reach one tenant alone when only that is asked for', async () => {
    fixture = await rolloutFixture();
    const [one = '', other = ''] = await fixture.tenants(3, 3);
    await fixture.runner().expand();
    await ask('request', { tenant: one });
    const stop = new AbortController();
    await fixture
      .runner({
        onEvent: (event) => {
          if (event.kind === 'tenant') setTimeout(() => stop.abort(), 500);
        },
      })
      .roll(stop.signal, { start: false });
    expect(await stateOf(one)).toMatchObject({ state: 'switched' });
    expect(await stateOf(other)).toMatchObject({ state: 'pending' });
    expect(await fixture.compare()).toEqual({ wrong: 3, all: 6 });
  });
});

describe('a rollback', () => {
  it('switches everybody back at once, needs no repair of data, and can be rolled out again', async () => {
    fixture = await rolloutFixture();
    const [tenant = ''] = await fixture.tenants(3, 3);
    const pool = new TenantPool({ connectionString: fixture.db.app, max: 1 });
    const switched = (): Promise<string[]> =>
      runInTenant(parseTenantId(tenant), async () => {
        const { rows } = await pool.query(SWITCHED_MIGRATIONS_STATEMENT);
        return rows[0].names;
      });
    try {
      await fixture.runner().expand();
      expect(await switched()).toEqual([]);
      await fixture.runner().roll(never);
      expect(await switched()).toEqual([name]);
      // Written in the new shape, and in the old one by the trigger, or the other way round.
      await runInTenant(parseTenantId(tenant), () =>
        pool.query("INSERT INTO folders (name) VALUES ('LATER')"),
      );
      await ask('rollback', { reason: 'a test' });
      expect(await switched()).toEqual([]);
      expect(await fixture.runner({ settleSeconds: 0 }).roll(never)).toBe('rolled_back');
      expect(await stateOf(tenant)).toMatchObject({ state: 'pending', rowsDone: 0 });
      await expect(fixture.runner().contract()).rejects.toMatchObject({ code: 'CONTRACT_REFUSED' });
      await ask('start');
      expect(await fixture.runner().roll(never)).toBe('soaking');
      expect(await switched()).toEqual([name]);
      expect(await fixture.compare()).toEqual({ wrong: 0, all: 7 });
    } finally {
      await pool.end();
    }
  });

  it('of one tenant sets it aside and leaves the others as they are', async () => {
    fixture = await rolloutFixture();
    const [one = '', other = ''] = await fixture.tenants(3, 3);
    await fixture.runner().expand();
    await fixture.runner().roll(never);
    await ask('rollback', { tenant: one });
    expect(await stateOf(one)).toMatchObject({ state: 'reverting' });
    expect(await fixture.runner().roll(never)).toBe('soaking');
    expect(await stateOf(one)).toMatchObject({ state: 'quarantined', errorCode: 'ROLLED_BACK' });
    expect(await stateOf(other)).toMatchObject({ state: 'switched' });
  });
});

describe('a backfill in JavaScript', () => {
  it('runs in the transaction of its place, bound to one tenant, and may not end it', async () => {
    fixture = await rolloutFixture({
      'backfill.sql': null,
      'backfill.mjs': `export default {
  table: 'public.folders',
  async batch({ client, tenantId, after, upto }) {
    // Without a WHERE for the tenant: there are no other tenant's rows.
    const { rows } = await client.query('SELECT DISTINCT tenant_id FROM public.folders');
    if (rows.length !== 1 || rows[0].tenant_id !== tenantId) throw new Error('sees others');
    const named = await client.query("SELECT FROM public.folders WHERE name = 'ends it'");
    if (named.rowCount > 0) await client.query('COMMIT; BEGIN');
    const { rowCount } = await client.query(
      'UPDATE public.folders SET slug = lower(name) WHERE ($1::uuid IS NULL OR id > $1) AND id <= $2', [after, upto]);
    return rowCount;
  },
};`,
      'meta.json': JSON.stringify({
        rings: [{ name: 'all', select: { share: 1 } }],
        quarantineShare: 0.5,
        gate: { failedShare: 0.5 },
        contract: { soak: '0s' },
      }),
    });
    const [good = '', bad = ''] = await fixture.tenants(25, 2);
    await fixture.admin.query("UPDATE folders SET name = 'ends it' WHERE tenant_id = $1", [bad]);
    await fixture.runner().expand();
    const worker = { firstBatch: 10, aim: { shortestMs: 0, longestMs: 1e6, fewest: 1, most: 10 } };
    expect(await fixture.runner({ worker }).roll(never)).toBe('soaking');
    expect(await stateOf(good)).toMatchObject({ state: 'switched', rowsDone: 25, batches: 3 });
    expect(await stateOf(bad)).toMatchObject({ state: 'quarantined', rowsDone: 0 });
  });
});
