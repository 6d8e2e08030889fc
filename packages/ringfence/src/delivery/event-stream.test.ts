import { createServer, get, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { EventStream, type EventStreamOptions } from './event-stream.js';
import type { StreamEvent } from './stream-event.js';

let server: Server | undefined;
let stream: EventStream;
afterEach(() => {
  stream.close();
  server?.closeAllConnections();
  server?.close();
});

async function start(options: Partial<EventStreamOptions> = {}): Promise<void> {
  stream = new EventStream({
    allow: () => true,
    since: async () => [event('truth')],
    ...options,
  });
  const listening = createServer((request, response) => void stream.handle(request, response));
  server = listening;
  await new Promise<void>((done) => listening.listen(0, '127.0.0.1', done));
}

function event(id: string, data: unknown = { id }): StreamEvent {
  return { id, type: 'status', data };
}

interface Listener {
  readonly response: IncomingMessage;
  readonly text: () => string;
  readonly ids: () => string[];
}

function listen(headers: Record<string, string> = {}): Promise<Listener> {
  if (!server) throw new Error('not started');
  const { port } = server.address() as AddressInfo;
  return new Promise((resolve, reject) => {
    const request = get({ port, host: '127.0.0.1', headers, agent: false }, (response) => {
      let text = '';
      response.on('data', (chunk) => {
        text += String(chunk);
      });
      response.on('error', () => undefined);
      const ids = () => [...text.matchAll(/^id: (.*)$/gm)].map(([, id]) => id ?? '');
      resolve({ response, text: () => text, ids });
    });
    request.on('error', reject);
  });
}

const soon = { timeout: 10_000, interval: 10 };

describe('an event stream', () => {
  it('begins with the truth and goes on with what comes, in the form of server-sent events', async () => {
    await start();
    const one = await listen();
    expect(one.response.headers).toMatchObject({
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
    });
    await vi.waitFor(() => expect(one.ids()).toEqual(['truth']), soon);
    stream.publish(event('1', { text: 'two\nlines' }));
    await vi.waitFor(() => expect(one.ids()).toEqual(['truth', '1']), soon);
    expect(one.text()).toContain('id: 1\nevent: status\ndata: {"text":"two\\nlines"}\n\n');
  });

  it('cannot be made to say something else by an id or a type', async () => {
    await start({ since: async () => [] });
    const one = await listen();
    await vi.waitFor(() => expect(stream.readers).toBe(1), soon);
    stream.publish({ id: '1\ndata: forged', type: 'a\r\n\r\ndata: forged', data: 'x' });
    await vi.waitFor(() => expect(one.text()).toContain('"x"'), soon);
    expect(one.text()).toBe('id: 1data: forged\nevent: adata: forged\ndata: "x"\n\n');
  });

  it('goes on where a reader was cut off, without asking anybody', async () => {
    const since = vi.fn(async () => [event('truth')]);
    await start({ since });
    for (const id of ['1', '2', '3']) stream.publish(event(id));
    const one = await listen({ 'last-event-id': '1' });
    await vi.waitFor(() => expect(one.ids()).toEqual(['2', '3']), soon);
    expect(since).not.toHaveBeenCalled();
  });

  it('asks for the truth about an id that it does not know, and sends nothing twice', async () => {
    let answer: (events: StreamEvent[]) => void = () => undefined;
    const since = vi.fn(
      () =>
        new Promise<StreamEvent[]>((resolve) => {
          answer = resolve;
        }),
    );
    await start({ since });
    const one = await listen({ 'last-event-id': 'of another process' });
    await vi.waitFor(() => expect(since).toHaveBeenCalledWith('of another process'), soon);
    // Published while the truth was being read, and in it already.
    stream.publish(event('1'));
    stream.publish(event('2'));
    answer([event('0'), event('1')]);
    await vi.waitFor(() => expect(one.ids()).toEqual(['0', '1', '2']), soon);
  });

  it('keeps a bounded number of events, also for a thousand of them', async () => {
    const since = vi.fn(async () => [event('truth')]);
    await start({ kept: 10, since });
    for (let n = 0; n < 1000; n += 1) stream.publish(event(String(n)));
    const old = await listen({ 'last-event-id': '900' });
    await vi.waitFor(() => expect(old.ids()).toEqual(['truth']), soon);
    const fresh = await listen({ 'last-event-id': '995' });
    await vi.waitFor(() => expect(fresh.ids()).toEqual(['996', '997', '998', '999']), soon);
  });

  it('gives the truth to those who come back after it forgot', async () => {
    await start();
    stream.publish(event('1'));
    stream.forget();
    stream.publish(event('2'));
    const one = await listen({ 'last-event-id': '1' });
    await vi.waitFor(() => expect(one.ids()).toEqual(['truth']), soon);
    stream.publish(event('3'));
    await vi.waitFor(() => expect(one.ids()).toEqual(['truth', '3']), soon);
  });

  it('sends a sign of life', async () => {
    await start({ heartbeatMs: 20 });
    const one = await listen();
    await vi.waitFor(() => expect(one.text()).toMatch(/: \n\n.*: \n\n/s), soon);
  });

  it('does not keep for a slow reader what it does not read; it goes on from the truth', async () => {
    const big = 'x'.repeat(200_000);
    let truth = 0;
    await start({
      kept: 5,
      since: async () => {
        truth += 1;
        return [event(`truth ${truth}`)];
      },
    });
    const slow = await listen();
    await vi.waitFor(() => expect(slow.ids()).toEqual(['truth 1']), soon);
    slow.response.pause();
    const before = process.memoryUsage().rss;
    for (let n = 0; n < 2000; n += 1) {
      stream.publish(event(String(n), big));
      if (n % 100 === 0) await sleep(1);
    }
    // 400 MB were published; a few of them are kept.
    expect(process.memoryUsage().rss - before).toBeLessThan(200_000_000);
    slow.response.resume();
    await vi.waitFor(() => expect(slow.ids().at(-1)).toMatch(/truth [2-9]|1999/), soon);
    expect(truth).toBeGreaterThan(1);
    stream.publish(event('last'));
    await vi.waitFor(() => expect(slow.ids().at(-1)).toBe('last'), soon);
  });

  it('cuts off a reader that takes nothing at all', async () => {
    await start({ patienceMs: 50 });
    const dead = await listen();
    await vi.waitFor(() => expect(dead.ids()).toEqual(['truth']), soon);
    dead.response.pause();
    for (let n = 0; n < 300; n += 1) stream.publish(event(String(n), 'x'.repeat(100_000)));
    await vi.waitFor(() => expect(stream.readers).toBe(0), soon);
  });

  it('lets nobody in whom it was not told to, and no more than it was told to', async () => {
    await start({ allow: (request) => request.headers.authorization === 'yes', readers: 1 });
    expect((await listen()).response.statusCode).toBe(403);
    const one = await listen({ authorization: 'yes' });
    expect(one.response.statusCode).toBe(200);
    const two = await listen({ authorization: 'yes' });
    expect(two.response.statusCode).toBe(503);
    expect(two.response.headers['retry-after']).toBe('5');
    one.response.destroy();
    await vi.waitFor(() => expect(stream.readers).toBe(0), soon);
    expect((await listen({ authorization: 'yes' })).response.statusCode).toBe(200);
  });

  it('takes an error of the question who may read for a no', async () => {
    await start({
      allow: async () => {
        throw new Error('no directory');
      },
    });
    expect((await listen()).response.statusCode).toBe(403);
  });

  it('says when the first reader comes and when the last one goes', async () => {
    const seen: boolean[] = [];
    await start({ onReaders: (someone) => seen.push(someone) });
    const one = await listen();
    const two = await listen();
    one.response.destroy();
    two.response.destroy();
    await vi.waitFor(() => expect(seen).toEqual([true, false]), soon);
  });

  it('hangs up when the truth cannot be read, so that the reader comes again', async () => {
    await start({
      since: async () => {
        throw new Error('database is away');
      },
    });
    const one = await listen();
    await vi.waitFor(
      () => expect(one.response.complete || one.response.destroyed).toBe(true),
      soon,
    );
    await vi.waitFor(() => expect(stream.readers).toBe(0), soon);
    expect(one.text()).not.toContain('database');
  });
});
