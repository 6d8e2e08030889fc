import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { MailQueue, type MailQueueOptions } from './mail-queue.js';
import { type Mail, MailNotTaken } from './mailer.js';

const LETTER = { subject: 's', text: 'secret-token', html: '<p>secret-token</p>' };
const to = (address: string): Mail => ({ to: address, ...LETTER, about: { kind: 'test' } });

/** A queue over a transport that does as `answer` says, and what it logged. */
function queue(
  answer: (mail: Mail, attempt: number) => Promise<void>,
  options: Partial<MailQueueOptions> = {},
) {
  const tried: string[] = [];
  const lines: Record<string, unknown>[] = [];
  const log = (line: unknown): void => void lines.push(line as Record<string, unknown>);
  const made = new MailQueue({
    transport: {
      send: (mail) => {
        tried.push(mail.to);
        return answer(mail, tried.filter((address) => address === mail.to).length);
      },
    },
    logger: { info: log, warn: log, error: log } as unknown as MailQueueOptions['logger'],
    pausesMs: [1, 1],
    ...options,
  });
  return { made, tried, lines, events: () => lines.map(({ event }) => event) };
}

const later = new MailNotTaken({ permanent: false, reason: 'ETIMEDOUT' });
const never = new MailNotTaken({ permanent: true, reason: 'EENVELOPE 550' });

describe('the mail queue', () => {
  it('takes over at once, also while the mail server is slow', async () => {
    let open = (): void => undefined;
    const slow = new Promise<void>((resolve) => {
      open = resolve;
    });
    const { made, tried, events } = queue(() => slow);
    await made.send(to('a@x.test'));
    expect(events()).toEqual([]);
    open();
    await made.settled();
    expect(tried).toEqual(['a@x.test']);
    expect(events()).toEqual(['mail_sent']);
  });

  it('tries again, and as often as it was told', async () => {
    const { made, tried, events } = queue(async (_, attempt) => {
      if (attempt < 3) throw later;
    });
    await made.send(to('a@x.test'));
    await made.settled();
    expect(tried).toHaveLength(3);
    expect(events()).toEqual(['mail_postponed', 'mail_postponed', 'mail_sent']);

    const hopeless = queue(async () => Promise.reject(later));
    await hopeless.made.send(to('a@x.test'));
    await hopeless.made.settled();
    expect(hopeless.tried).toHaveLength(3);
    expect(hopeless.events().at(-1)).toBe('mail_given_up');
  });

  it('does not repeat what was refused for good', async () => {
    const { made, tried, lines } = queue(() => Promise.reject(never));
    await made.send(to('a@x.test'));
    await made.settled();
    expect(tried).toHaveLength(1);
    expect(lines).toMatchObject([
      { event: 'mail_given_up', reason: 'EENVELOPE 550', kind: 'test' },
    ]);
  });

  it('holds only so many, those between two attempts included', async () => {
    const { made, tried, events } = queue(() => Promise.reject(later), {
      waiting: 2,
      running: 1,
      pausesMs: [60_000],
    });
    for (const address of ['1@x.test', '2@x.test', '3@x.test']) await made.send(to(address));
    while (tried.length < 2) await sleep(1);
    for (const address of ['4@x.test', '5@x.test']) await made.send(to(address));
    expect(events().filter((event) => event === 'mail_dropped').length).toBeGreaterThan(0);
    await made.stop(1000);
  });

  it('lets no tenant take the room or the turn of another', async () => {
    let open = (): void => undefined;
    const slow = new Promise<void>((resolve) => {
      open = resolve;
    });
    const { made, tried, lines } = queue(() => slow, { waiting: 4, running: 1 });
    const of = (tenantId: string, address: string): Mail => ({
      ...to(address),
      about: { kind: 'test', tenantId },
    });
    for (const n of [0, 1, 2, 3, 4, 5]) await made.send(of('loud', `loud-${n}@x.test`));
    await made.send(of('quiet', 'quiet-1@x.test'));
    await made.send(of('quiet', 'quiet-2@x.test'));
    open();
    await made.settled();
    expect(lines.filter(({ event }) => event === 'mail_dropped').length).toBe(3);
    expect(
      lines.filter(({ event, tenantId }) => event === 'mail_dropped' && tenantId === 'quiet'),
    ).toEqual([]);
    expect(tried).toEqual([
      'loud-0@x.test',
      'loud-1@x.test',
      'quiet-1@x.test',
      'loud-2@x.test',
      'quiet-2@x.test',
    ]);
  });

  it('gives up what a loud tenant has between two attempts for the mail of another', async () => {
    const { made, tried, lines } = queue(() => Promise.reject(later), {
      waiting: 2,
      pausesMs: [60_000],
    });
    for (const n of [1, 2]) {
      await made.send({ ...to(`loud-${n}@x.test`), about: { tenantId: 'loud' } });
    }
    while (lines.length < 2) await sleep(1);
    await made.send({ ...to('quiet@x.test'), about: { tenantId: 'quiet' } });
    while (lines.length < 4) await sleep(1);
    expect(tried).toContain('quiet@x.test');
    expect(lines.find(({ event }) => event === 'mail_dropped')).toMatchObject({ tenantId: 'loud' });
    await made.stop(1000);
  });

  it('one mail that fails holds up no other', async () => {
    const { made, events } = queue(
      async ({ to: address }) => {
        if (address === 'bad@x.test') throw later;
      },
      { running: 1, pausesMs: [60_000] },
    );
    await made.send(to('bad@x.test'));
    await made.send(to('good@x.test'));
    while (!events().includes('mail_sent')) await sleep(1);
    await made.stop(1000);
  });

  it('tries what is waiting once more when it stops, takes nothing new, and counts the rest', async () => {
    const { made, tried, events } = queue(() => Promise.reject(later), { pausesMs: [60_000] });
    await made.send(to('a@x.test'));
    while (tried.length < 1) await sleep(1);
    await sleep(1);
    expect(await made.stop(1000)).toBe(0);
    expect(tried).toHaveLength(2);
    await made.send(to('late@x.test'));
    expect(tried).toHaveLength(2);
    expect(events()).toEqual(['mail_postponed', 'mail_given_up', 'mail_dropped']);

    const stuck = queue(() => new Promise(() => undefined), { running: 1 });
    await stuck.made.send(to('a@x.test'));
    await stuck.made.send(to('b@x.test'));
    expect(await stuck.made.stop(10)).toBe(2);
    expect(stuck.events()).toEqual(['mails_left_behind']);
  });

  it('logs neither addresses nor what stands in a mail', async () => {
    const { made, lines } = queue(() => Promise.reject(never));
    await made.send(to('ann@x.test'));
    await made.settled();
    expect(JSON.stringify(lines)).not.toMatch(/ann@|secret-token/);
  });
});
