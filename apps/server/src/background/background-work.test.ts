import { randomUUID } from 'node:crypto';
import { maybeTenant, parseTenantId, runInTenant } from 'ringfence/context';
import { describe, expect, it } from 'vitest';
import { BackgroundWork } from './background-work.js';

function background(limits = { running: 1, waiting: 2 }) {
  const lines: unknown[] = [];
  const work = new BackgroundWork(limits, { error: (line: unknown) => void lines.push(line) });
  return { work, lines };
}

/** A piece of work that ends when it is told to. */
function gate(): { readonly open: () => void; readonly work: () => Promise<void> } {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { open, work: () => opened };
}

describe('work in the background', () => {
  it('runs so many at a time, lets so many wait, and says when there is no room', async () => {
    const { work } = background();
    const done: number[] = [];
    const first = gate();
    const after = (n: number) => async () => void done.push(n);
    expect(work.start('first', first.work)).toBe(true);
    expect(work.start('second', after(2))).toBe(true);
    expect(work.start('third', after(3))).toBe(true);
    expect(work.start('fourth', after(4))).toBe(false);
    expect(done).toEqual([]);
    first.open();
    await work.settled();
    expect(done).toEqual([2, 3]);
  });

  it('logs a failure by kind, without the words of the error, and goes on', async () => {
    const { work, lines } = background();
    let ran = false;
    work.start('doomed', async () => Promise.reject(new Error('token-12345')));
    work.start('next', async () => {
      ran = true;
    });
    await work.settled();
    expect(ran).toBe(true);
    expect(lines).toMatchObject([{ event: 'background_work_failed', work: 'doomed' }]);
    expect(JSON.stringify(lines)).not.toContain('token-12345');
  });

  it('runs in nobody’s context, whoever began it and whoever was before', async () => {
    const { work } = background();
    const seen: unknown[] = [];
    await runInTenant(parseTenantId(randomUUID()), async () => {
      work.start('one', async () => void seen.push(maybeTenant()));
      work.start('two', async () => void seen.push(maybeTenant()));
    });
    await work.settled();
    expect(seen).toEqual([undefined, undefined]);
  });

  it('finishes what it has taken when it stops, within its patience, and takes nothing new', async () => {
    const { work } = background();
    const done: string[] = [];
    work.start('one', async () => void done.push('one'));
    work.start('two', async () => void done.push('two'));
    await work.stop(1000);
    expect(done).toEqual(['one', 'two']);
    expect(work.start('late', async () => void done.push('late'))).toBe(false);

    const stuck = background();
    stuck.work.start('never', () => new Promise(() => undefined));
    await stuck.work.stop(5);
  });
});
