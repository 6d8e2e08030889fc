import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  type DeliveryOutcome,
  WebhookEndpoint,
  type WebhookEndpointOptions,
  type WebhookEvent,
} from './webhook-endpoint.js';
import { verifyWebhook } from './webhook-signature.js';

const SECRET = `whsec_${Buffer.alloc(32, 1).toString('base64')}`;

interface Call {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** A receiver whose answers are given in advance; `hang` answers nothing, `cut` breaks off. */
let server: Server;
let calls: Call[];
let answers: (number | 'hang' | 'cut')[];
let outcomes: DeliveryOutcome[];
let answerHeaders: Record<string, string>;
beforeEach(async () => {
  calls = [];
  answers = [];
  outcomes = [];
  answerHeaders = {};
  server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk) => chunks.push(chunk));
    request.on('end', () => {
      calls.push({ headers: request.headers, body: Buffer.concat(chunks).toString() });
      const answer = answers.shift() ?? 204;
      if (answer === 'cut') request.socket.destroy();
      else if (answer !== 'hang') response.writeHead(answer, answerHeaders).end();
    });
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

const url = (): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`;

function endpoint(options: Partial<WebhookEndpointOptions> = {}): WebhookEndpoint {
  return new WebhookEndpoint({
    url: url(),
    secrets: [SECRET],
    pausesMs: [1, 1, 1],
    report: (outcome) => outcomes.push(outcome),
    ...options,
  });
}

function event(id: string): WebhookEvent {
  return { id, type: 'migration.state-changed', at: '2026-11-27T15:00:00.000Z', data: { n: 1 } };
}

const ids = (): unknown[] => calls.map(({ headers }) => headers['webhook-id']);
const ended = () =>
  outcomes.map(({ event: { id }, delivered, attempts, last }) => ({
    id,
    delivered,
    attempts,
    last,
  }));

describe('a webhook endpoint', () => {
  it('tells what happened, signed, in order', async () => {
    const hook = endpoint();
    for (const id of ['1', '2', '3']) hook.send(event(id));
    await hook.idle();
    expect(ids()).toEqual(['1', '2', '3']);
    for (const { headers, body } of calls) {
      expect(verifyWebhook(headers, body, [SECRET])).toBe(true);
      expect(JSON.parse(body)).toEqual(event(String(headers['webhook-id'])));
    }
    expect(ended().map(({ delivered }) => delivered)).toEqual([true, true, true]);
  });

  it('tries again, under the same id, what was not taken, and only then goes on', async () => {
    answers = [503, 'cut', 429, 200];
    const hook = endpoint();
    hook.send(event('1'));
    hook.send(event('2'));
    await hook.idle();
    expect(ids()).toEqual(['1', '1', '1', '1', '2']);
    expect(ended()).toEqual([
      { id: '1', delivered: true, attempts: 4, last: 200 },
      { id: '2', delivered: true, attempts: 1, last: 204 },
    ]);
  });

  it.each([400, 401, 404, 410, 302])('does not ask twice after %i', async (status) => {
    answers = [status];
    answerHeaders = { location: `${url()}/elsewhere` };
    const hook = endpoint();
    hook.send(event('1'));
    await hook.idle();
    expect(calls).toHaveLength(1);
    expect(ended()).toEqual([{ id: '1', delivered: false, attempts: 1, last: status }]);
  });

  it('gives up when its pauses are used up, reports it, and serves the next event', async () => {
    answers = [500, 500, 'hang', 500];
    const hook = endpoint({ timeoutMs: 200 });
    hook.send(event('1'));
    hook.send(event('2'));
    await hook.idle();
    expect(ended()).toEqual([
      { id: '1', delivered: false, attempts: 4, last: 500 },
      { id: '2', delivered: true, attempts: 1, last: 204 },
    ]);
  });

  it('keeps no more than it was told to, and says what it dropped', async () => {
    answers = ['hang'];
    const hook = endpoint({ waiting: 2, timeoutMs: 60_000 });
    // The first is under way, two wait.
    for (const id of ['1', '2', '3', '4', '5']) hook.send(event(id));
    expect(ended()).toEqual([
      { id: '4', delivered: false, attempts: 0, last: 'queue full' },
      { id: '5', delivered: false, attempts: 0, last: 'queue full' },
    ]);
    await hook.stop(0);
    expect(
      ended()
        .slice(2)
        .map(({ id }) => id),
    ).toEqual(['1', '2', '3']);
  });

  it('stops at once in the middle of a long pause, and takes nothing afterwards', async () => {
    answers = [500];
    const hook = endpoint({ pausesMs: [600_000] });
    hook.send(event('1'));
    await hook.stop(50);
    hook.send(event('2'));
    expect(ended()).toEqual([
      { id: '1', delivered: false, attempts: 1, last: 'stopped' },
      { id: '2', delivered: false, attempts: 0, last: 'stopped' },
    ]);
  });

  it.each(['ftp://ops.example/', 'ops.example', 'http://user:pass@ops.example/', ''])(
    'refuses the address %j',
    (bad) => {
      expect(() => endpoint({ url: bad })).toThrow();
    },
  );

  it('refuses a secret that cannot sign before anything has happened', () => {
    expect(() => endpoint({ secrets: ['plain'] })).toThrow();
    expect(() => endpoint({ secrets: [] })).toThrow();
  });
});
