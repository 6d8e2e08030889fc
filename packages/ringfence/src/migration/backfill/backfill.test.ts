import { describe, expect, it } from 'vitest';
import { RingfenceError } from '../../errors/index.js';
import { failureOf } from './failure-of.js';
import { BATCH_AIM, nextBatchSize } from './next-batch-size.js';
import { Throttle } from './throttle.js';

describe('nextBatchSize', () => {
  it.each([
    ['fast and full', { size: 500, seen: 500, ms: 20 }, 1000],
    ['a little too fast', { size: 500, seen: 500, ms: 90 }, 1000],
    ['as it should be', { size: 500, seen: 500, ms: 300 }, 500],
    ['too slow', { size: 500, seen: 500, ms: 600 }, 250],
    ['much too slow: never less than half at once', { size: 500, seen: 500, ms: 60_000 }, 250],
    ['fast because there was nothing', { size: 500, seen: 3, ms: 1 }, 500],
    ['slow with few rows', { size: 500, seen: 10, ms: 900 }, 250],
  ])('%s', (_, last, next) => {
    expect(nextBatchSize(last)).toBe(next);
  });

  it('settles between the times of the aim, whatever a row costs', () => {
    for (const msPerRow of [0.01, 0.1, 1, 10, 120]) {
      let size = 1000;
      for (let n = 0; n < 20; n += 1) {
        size = nextBatchSize({ size, seen: size, ms: size * msPerRow });
      }
      expect(size * msPerRow).toBeGreaterThanOrEqual(BATCH_AIM.shortestMs);
      expect(size * msPerRow).toBeLessThanOrEqual(BATCH_AIM.longestMs);
    }
  });
});

describe('failureOf', () => {
  const postgres = (code: string): Error => Object.assign(new Error('quotes a row'), { code });

  it.each([
    [postgres('RF101'), 'lost', 'RF101'],
    [postgres('RF102'), 'lost', 'RF102'],
    [postgres('RF103'), 'stopped', 'RF103'],
    [postgres('53100'), 'server', '53100'],
    [postgres('53300'), 'server', '53300'],
    [postgres('58030'), 'server', '58030'],
    [postgres('55P03'), 'crowded', '55P03'],
    [postgres('40P01'), 'crowded', '40P01'],
    [postgres('57014'), 'crowded', '57014'],
    [postgres('57P01'), 'connection', '57P01'],
    [postgres('08006'), 'connection', '08006'],
    [postgres('25P03'), 'connection', '25P03'],
    [postgres('ECONNRESET'), 'connection', 'DATABASE_UNAVAILABLE'],
    [new Error('Query read timeout'), 'connection', 'DATABASE_UNAVAILABLE'],
    [new Error('Connection terminated unexpectedly'), 'connection', 'DATABASE_UNAVAILABLE'],
    [postgres('23514'), 'tenant', '23514'],
    [postgres('42703'), 'tenant', '42703'],
    [new RingfenceError('TRANSACTION_CONTROL_REFUSED'), 'tenant', 'TRANSACTION_CONTROL_REFUSED'],
    [new TypeError('of a definition'), 'tenant', 'INTERNAL'],
  ])('tells %s', (error, kind, code) => {
    expect(failureOf(error)).toEqual({ kind, code });
  });
});

describe('Throttle', () => {
  it('asks its probes no more often than it should, and stops at the first that says no', async () => {
    const asked: string[] = [];
    let now = 0;
    const throttle = new Throttle({
      now: () => now,
      everyMs: 100,
      probes: [
        async () => void asked.push('first'),
        async () => {
          asked.push('second');
          return now < 100 ? 'busy' : undefined;
        },
        async () => void asked.push('third'),
      ],
    });
    const db = { query: async () => ({ rows: [], rowCount: 0 }) };
    expect(await throttle.reason(db)).toBe('busy');
    expect(await throttle.reason(db)).toBe('busy');
    expect(asked).toEqual(['first', 'second']);
    now = 100;
    expect(await throttle.reason(db)).toBeUndefined();
    expect(asked).toEqual(['first', 'second', 'first', 'second', 'third']);
  });

  it('tells of each pause, and gives up waiting with its signal', async () => {
    const stop = new AbortController();
    const said: string[] = [];
    const throttle = new Throttle({ everyMs: 0, pauseMs: 1, probes: [async () => 'busy'] });
    await throttle.wait(
      { query: async () => ({ rows: [], rowCount: 0 }) },
      (reason) => {
        said.push(reason);
        if (said.length === 3) stop.abort();
      },
      stop.signal,
    );
    expect(said).toEqual(['busy', 'busy', 'busy']);
  });
});
