import { describe, expect, it } from 'vitest';
import { WorkQueue } from './work-queue.js';

/** A piece of work that ends when it is told to. */
function controlled() {
  const state = { started: false };
  let resolve: (result: string) => void = () => undefined;
  const promise = new Promise<string>((settle) => {
    resolve = settle;
  });
  const work = () => {
    state.started = true;
    return promise;
  };
  return { state, work, resolve };
}

const soon = () => new Promise<void>((resolve) => setImmediate(resolve));

describe('a work queue', () => {
  it('lets as many run as it may, and starts the next in order', async () => {
    const queue = new WorkQueue({ running: 2, waiting: 10 });
    const works = [controlled(), controlled(), controlled(), controlled()] as const;
    const started = () => works.map(({ state }) => state.started);
    const results = works.map(({ work }) => queue.run(work));
    await soon();
    expect(started()).toEqual([true, true, false, false]);
    works[1].resolve('second');
    await soon();
    expect(started()).toEqual([true, true, true, false]);
    works[0].resolve('first');
    works[2].resolve('third');
    works[3].resolve('fourth');
    expect(await Promise.all(results)).toEqual(['first', 'second', 'third', 'fourth']);
  });

  it('gives the place on when work fails, also when it throws at once', async () => {
    const queue = new WorkQueue({ running: 1, waiting: 10 });
    const failing = queue.run(async () => Promise.reject(new Error('failed')));
    const throwing = queue.run(() => {
      throw new Error('thrown');
    });
    const fine = queue.run(async () => 'fine');
    await expect(failing).rejects.toThrow('failed');
    await expect(throwing).rejects.toThrow('thrown');
    expect(await fine).toBe('fine');
  });

  it('refuses at once when too many wait, and works again afterwards', async () => {
    const queue = new WorkQueue({ running: 1, waiting: 1 });
    const [first, second] = [controlled(), controlled()];
    const results = [queue.run(first.work), queue.run(second.work)];
    const third = controlled();
    await expect(queue.run(third.work)).rejects.toMatchObject({ code: 'OVERLOADED' });
    expect(third.state.started).toBe(false);
    first.resolve('first');
    second.resolve('second');
    await Promise.all(results);
    expect(await queue.run(async () => 'again')).toBe('again');
  });
});

describe('a crowd of strangers', () => {
  it('keeps nobody out whom we know, and waits for them', async () => {
    const queue = new WorkQueue({ running: 1, waiting: 2 });
    const running = controlled();
    const order: string[] = [];
    const note = (who: string) => async () => void order.push(who);
    const first = queue.run(running.work);
    const strangers = [queue.run(note('stranger')), queue.run(note('stranger'))];
    await expect(queue.run(note('stranger'))).rejects.toMatchObject({ code: 'OVERLOADED' });
    const known = queue.run(note('known'), 'known');
    running.resolve('done');
    await Promise.all([first, ...strangers, known]);
    expect(order).toEqual(['known', 'stranger', 'stranger']);
  });
});

describe('a crowd that we know', () => {
  it('leaves every third place to strangers', async () => {
    const queue = new WorkQueue({ running: 1, waiting: 10 });
    const running = controlled();
    const order: string[] = [];
    const note = (who: string) => async () => void order.push(who);
    const first = queue.run(running.work);
    const known = Array.from({ length: 6 }, () => queue.run(note('known'), 'known'));
    const strangers = [queue.run(note('stranger')), queue.run(note('stranger'))];
    running.resolve('done');
    await Promise.all([first, ...known, ...strangers]);
    const third = ['known', 'known', 'stranger'];
    expect(order).toEqual([...third, ...third, 'known', 'known']);
  });
});
