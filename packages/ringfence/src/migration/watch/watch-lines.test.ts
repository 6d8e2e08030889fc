import { describe, expect, it } from 'vitest';
import { RolloutPace } from './rollout-pace.js';
import type { RolloutSnapshot } from './rollout-snapshot.js';
import { WATCH_COLUMNS, watchLines } from './watch-lines.js';

const TENANT = '8b1f0c9e-0000-4000-8000-00000000000';

const ring = (
  name: string,
  state: string,
  tenants: Record<string, number>,
): RolloutSnapshot['rings'][number] => ({
  name,
  state,
  tenants,
  approvedBy: null,
});

const ROLLING: RolloutSnapshot = {
  at: '2026-11-27T14:03:22.000Z',
  migration: '20261127100000_document_slug',
  state: 'rolling',
  reason: null,
  stopped: null,
  soakUntil: null,
  rowsDone: 203_600,
  rowsExpected: 203_600,
  uncounted: 4820,
  rings: [
    ring('internal', 'passed', { switched: 3 }),
    ring('1%', 'passed', { switched: 49, quarantined: 1 }),
    ring('10%', 'open', { switched: 120, backfilling: 6, verifying: 2, pending: 320, failed: 2 }),
    ring('50%', 'waiting', { pending: 2000 }),
    ring('100%', 'waiting', { pending: 2500 }),
  ],
  tenants: {
    switched: 172,
    backfilling: 6,
    verifying: 2,
    pending: 4820,
    failed: 2,
    quarantined: 1,
  },
  failures: [
    { tenant: `${TENANT}1`, state: 'quarantined', code: 'MISMATCH', attempts: 3 },
    { tenant: `${TENANT}2`, state: 'failed', code: '23505', attempts: 1 },
  ],
  files: ['expand.sql', 'expand-2.sql'],
  nodes: [
    { node: 'a', version: '2.10.0', seenAt: '2026-11-27T14:03:20.000Z' },
    { node: 'b', version: '2.10.0', seenAt: '2026-11-27T14:03:21.000Z' },
    { node: 'c', version: '2.9.0', seenAt: '2026-11-27T14:03:21.000Z' },
  ],
  acts: [
    {
      id: '7',
      at: '2026-11-27T14:01:00.000Z',
      actor: 'ann',
      act: 'approve',
      ring: '10%',
      tenant: null,
      reason: 'looks good',
    },
  ],
};

function later(seconds: number, rows: number, switched: number): RolloutSnapshot {
  return {
    ...ROLLING,
    at: new Date(Date.parse(ROLLING.at) + seconds * 1000).toISOString(),
    rowsDone: ROLLING.rowsDone + rows,
    tenants: { ...ROLLING.tenants, switched: 172 + switched },
  };
}

describe('watchLines', () => {
  it('shows rings, tenants, pace, time left and failures', () => {
    const pace = new RolloutPace();
    pace.after(ROLLING);
    const snapshot = later(10, 50_000, 20);
    expect(watchLines(snapshot, pace.after(snapshot)).join('\n')).toMatchInlineSnapshot(`
      "20261127100000_document_slug                                   rolling  14:03:32

      ░░░░░░░░░░░░░░░░░░░░   3 %  192 of 5,023 tenants switched
      253,600 rows · 5,000 rows/s · 2.0 tenants/s · 3 min left in the open rings

      ring      state        tenants  switched   working   waiting    failed     aside
      internal  passed             3         3         0         0         0         0
      1%        passed            50        49         0         0         0         1
      10%       open             450       120         8       320         2         0
      50%       waiting        2,000         0         0     2,000         0         0
      100%      waiting        2,500         0         0     2,500         0         0

      to be seen to
        8b1f0c9e-0000-4000-8000-000000000001  quarantined  3 attempts  MISMATCH
        8b1f0c9e-0000-4000-8000-000000000002  failed       1 attempt  23505
        and 1 more: ringfence migrate status --failures

      schema    expand.sql, expand-2.sql
      nodes     1 × 2.9.0, 2 × 2.10.0

      14:01:00  ann: approve 10% (looks good)"
    `);
  });

  it('says why it stands still, and who has stopped it', () => {
    const held: RolloutSnapshot = {
      ...ROLLING,
      state: 'held',
      reason: '2 tenants failed in 10%, 0 are allowed',
      stopped: { all: true, actor: 'ann', reason: 'database is slow' },
    };
    const lines = watchLines(held, new RolloutPace().after(held));
    expect(lines).toContain('why: 2 tenants failed in 10%, 0 are allowed');
    expect(lines).toContain('STOPPED: all migrations, by ann: database is slow');
    expect(lines.join('\n')).not.toContain('left in');
  });

  it('never writes a longer line, nor lets a name move the cursor', () => {
    const long = `\u001b[2J\u202e${'very '.repeat(40)}\nlong`;
    const hostile: RolloutSnapshot = {
      ...ROLLING,
      migration: long,
      reason: long,
      stopped: { all: false, actor: long, reason: long },
      rings: [ring(long, long, { pending: 12_345_678 })],
      failures: [{ tenant: long, state: long, code: long, attempts: 1e9 }],
      files: [long],
      nodes: [{ node: long, version: long, seenAt: long }],
      acts: [
        { id: long, at: long, actor: long, act: long, ring: long, tenant: long, reason: long },
      ],
    };
    const lines = watchLines(hostile, {
      rowsPerSecond: 1e12,
      tenantsPerSecond: 1e9,
      secondsLeft: 1e9,
    });
    expect(Math.max(...lines.map((line) => Array.from(line).length))).toBeLessThanOrEqual(
      WATCH_COLUMNS,
    );
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
    expect(lines.join('')).not.toMatch(/[\u0000-\u001f\u202e]/);
  });

  it('never says 100 % while somebody is missing', () => {
    const nearly = { ...ROLLING, tenants: { switched: 4999, pending: 1 } };
    expect(watchLines(nearly, new RolloutPace().after(nearly)).join('\n')).toContain(' 99 %');
  });
});

describe('RolloutPace', () => {
  it('says nothing until it has seen two moments, and nothing about what went back', () => {
    const pace = new RolloutPace();
    expect(pace.after(ROLLING).rowsPerSecond).toBeUndefined();
    expect(pace.after(later(10, 1000, 10))).toMatchObject({
      rowsPerSecond: 100,
      tenantsPerSecond: 1,
    });
    expect(pace.after(later(20, 0, 0)).rowsPerSecond).toBeUndefined();
    expect(pace.after(later(30, 500, 0)).rowsPerSecond).toBe(50);
  });

  it('looks at the last minute only', () => {
    const pace = new RolloutPace();
    pace.after(ROLLING);
    pace.after(later(60, 600_000, 1));
    expect(pace.after(later(120, 600_060, 1)).rowsPerSecond).toBe(1);
  });

  it('knows no time left for what does not move', () => {
    const pace = new RolloutPace();
    pace.after(ROLLING);
    expect(pace.after(later(10, 100, 0)).secondsLeft).toBeUndefined();
    expect(pace.after(later(20, 100, 10)).secondsLeft).toBe(330 / 0.5);
    expect(pace.after({ ...later(30, 100, 20), state: 'paused' }).secondsLeft).toBeUndefined();
  });
});
