import { afterEach, describe, expect, it } from 'vitest';
import type { RolloutEvent } from '../backfill/index.js';
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
});
