import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { pino } from 'pino';
import { afterEach, expect, it } from 'vitest';
import { testKeyFiles } from '../../test/server-app.fixture.js';
import { readConfig } from '../config.js';
import { createApp } from '../create-app.js';
import { letter } from './letter.js';
import { MAILER, type Mailer } from './mailer.js';

let app: NestFastifyApplication | undefined;
afterEach(() => app?.close());

async function start(env: Record<string, string> = {}): Promise<NestFastifyApplication> {
  const config = readConfig({
    // Nobody listens there: the outbox needs no database.
    DATABASE_URL: 'postgresql://nobody@127.0.0.1:1/nothing',
    ...(await testKeyFiles()),
    ...env,
  });
  app = await createApp(config, pino({ level: 'silent' }));
  await app.init();
  return app;
}

const LINK = 'http://acme.localhost:3000/account#invitation=secret';

it('shows the mails of the process, escaped, with links to follow', async () => {
  const server = await start();
  const page = (headers: Record<string, string> = {}) =>
    server.inject({ url: '/dev/outbox', headers: { host: 'localhost:3000', ...headers } });
  expect((await page()).body).toContain('None yet.');

  const subject = '<script>alert(1)</script>';
  const action = { label: 'Go', url: LINK };
  await server.get<Mailer>(MAILER, { strict: false }).send({
    to: '"<b>"@example.test',
    ...letter({ subject, paragraphs: ['"><img src=x>'], action }),
  });
  const { body, headers } = await page();
  expect(body).toContain('&lt;script&gt;');
  expect(body).toContain(`href="${LINK}"`);
  expect(body).not.toMatch(/<script|<img|<b>/);
  expect(headers).toMatchObject({
    'cache-control': 'no-store',
    'referrer-policy': 'no-referrer',
    'content-security-policy': expect.stringMatching(/^default-src 'none'/),
  });
  expect((await page({ host: 'acme.localhost:3000' })).statusCode).toBe(200);
});

it('is not there for anybody else', async () => {
  const server = await start();
  const status = async (headers: Record<string, string>, remoteAddress = '127.0.0.1') =>
    (await server.inject({ url: '/dev/outbox', headers, remoteAddress })).statusCode;
  const host = 'localhost:3000';
  expect(await status({ host })).toBe(200);
  expect(await status({ host }, '::ffff:127.0.0.1')).toBe(200);
  expect(await status({ host }, '192.0.2.7')).toBe(404);
  // A page elsewhere whose name resolves to this machine.
  expect(await status({ host: 'evil.test' })).toBe(404);
  expect(await status({ host: 'localhost.evil.test' })).toBe(404);
  // A proxy on this machine that speaks for somebody else.
  expect(await status({ host, 'x-forwarded-for': '127.0.0.1' })).toBe(404);
});

it.each([
  [
    'in production',
    {
      RINGFENCE_MODE: 'production',
      SMTP_URL: 'smtp://127.0.0.1:1',
      MAIL_FROM: 'a@example.com',
      PUBLIC_URL: 'https://example.com',
    },
  ],
  ['with a mail server', { SMTP_URL: 'smtp://127.0.0.1:1' }],
])('does not exist %s', async (_, env) => {
  const server = await start(env);
  const answer = await server.inject({ url: '/dev/outbox', headers: { host: 'localhost' } });
  expect(answer.statusCode).toBe(404);
});

it('a file of authorities that is not there stops the start, by the name of its setting', async () => {
  const env = { SMTP_URL: 'smtp://127.0.0.1:1', SMTP_CA_FILE: '/nowhere/secret.pem' };
  const error = await start(env).catch((reason: unknown) => reason);
  expect(error).toMatchObject({
    code: 'CONFIGURATION_INVALID',
    detail: 'The file that SMTP_CA_FILE names cannot be read.',
  });
});
