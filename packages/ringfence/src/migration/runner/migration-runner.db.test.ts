import { afterEach, describe, expect, it } from 'vitest';
import type { RolloutEvent } from '../backfill/index.js';
import { expandServers } from './expand-servers.js';
import { type RolloutFixture, rolloutFixture } from './rollout.fixture.js';

let fixture: RolloutFixture;
afterEach(() => fixture.drop());

const never = new AbortController().signal;

describe('MigrationRunner', () => {
  it('takes two tenants from a draft to the contract', async () => {
    fixture = await rolloutFixture();
    const [a, b] = await fixture.tenants(25, 7);
    const events: RolloutEvent[] = [];
    const runner = fixture.runner({
      worker: { firstBatch: 10, aim: { shortestMs: 0, longestMs: 1e6, fewest: 1, most: 10 } },
      onEvent: (event) => events.push(event),
    });
    expect(await runner.expand()).toBe('expanded');
    expect(await fixture.compare()).toEqual({ wrong: 32, all: 32 });

    expect(await runner.roll(never)).toBe('soaking');
    expect(await fixture.compare()).toEqual({ wrong: 0, all: 32 });
    const tenants = await fixture.ledger.tenants(fixture.migration.name);
    expect(tenants.map(({ tenant }) => tenant).sort()).toEqual([a, b].sort());
    expect(tenants.find(({ tenant }) => tenant === a)).toMatchObject({
      state: 'switched',
      rowsDone: 25,
      rowsExpected: 25,
      batches: 3,
      mismatches: 0,
      leaseOwner: null,
    });
    expect(events.filter(({ kind }) => kind === 'batch')).toHaveLength(4);

    await runner.contract();
    const [status] = await fixture.ledger.status(fixture.migration.name);
    expect(status?.state).toBe('contracted');
    expect(status?.tenants).toMatchObject({ switched: 2, pending: 0 });
    const acts = await fixture.ledger.acts(fixture.migration.name);
    expect(acts.map(({ act }) => act)).toEqual(
      expect.arrayContaining(['draft', 'expanded', 'ask:start', 'switched', 'contracted']),
    );
    expect(new Set(acts.map(({ actor }) => actor))).toEqual(new Set(['a test']));
  });

  it('is refused by the linter before anything is changed', async () => {
    fixture = await rolloutFixture({ 'expand.sql': 'CREATE INDEX late ON public.folders (name)' });
    const { runner } = fixture;
    await expect(runner({ lint: undefined as never }).expand()).rejects.toMatchObject({
      code: 'MIGRATION_UNSAFE',
    });
    expect(await fixture.ledger.find(fixture.migration.name)).toMatchObject({ state: 'draft' });
    const { rowCount } = await fixture.admin.query("SELECT FROM pg_class WHERE relname = 'late'");
    expect(rowCount).toBe(0);
  });

  it('changes the schema of the canary first, and of no other server when it failed there', async () => {
    fixture = await rolloutFixture();
    const other = await rolloutFixture();
    try {
      await fixture.admin.query('ALTER TABLE folders ADD COLUMN slug text');
      const servers = [
        { name: 'canary', runner: fixture.runner() },
        { name: 'eu-1', runner: other.runner() },
      ];
      await expect(expandServers(servers)).rejects.toMatchObject({
        code: 'MIGRATION_FAILED',
        detail: expect.stringContaining('On server canary'),
      });
      expect(await fixture.ledger.find(fixture.migration.name)).toMatchObject({
        state: 'linted',
        reason: 'MIGRATION_FAILED',
      });
      expect(await other.ledger.find(fixture.migration.name)).toBeUndefined();
      await fixture.admin.query('ALTER TABLE folders DROP COLUMN slug');
      const done: string[] = [];
      await expandServers(servers, (name) => void done.push(name));
      expect(done).toEqual(['canary', 'eu-1']);
    } finally {
      await other.drop();
    }
  });
});
