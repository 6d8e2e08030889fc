import { createServer, type Server } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { letter, shownName } from './letter.js';
import { SmtpMailer, type SmtpOptions } from './smtp-mailer.js';
import { type SmtpBehaviour, TestSmtpServer } from './smtp-server.fixture.js';

const LOGIN = { user: 'app', password: 'hunter2:/@' };
const MAIL = {
  to: 'ann@example.test',
  ...letter({ subject: 'Hello', paragraphs: ['How are you?'] }),
};

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function smtp(behaviour: SmtpBehaviour = {}): Promise<TestSmtpServer> {
  const server = await TestSmtpServer.start(behaviour);
  closers.push(() => server.stop());
  return server;
}

function mailer(server: TestSmtpServer, options: Partial<SmtpOptions> = {}): SmtpMailer {
  const made = new SmtpMailer({
    url: server.url(),
    ca: server.certificate.cert,
    from: 'Shöp <no-reply@shop.test>',
    ...options,
  });
  closers.push(() => made.close());
  return made;
}

describe('the SMTP mailer', () => {
  it('delivers over STARTTLS, logged in, as text and HTML', async () => {
    const server = await smtp({ login: LOGIN });
    await mailer(server, { url: server.url(LOGIN) }).send(MAIL);
    const [mail] = server.received;
    expect(mail).toMatchObject({ secure: true, user: 'app', recipients: ['ann@example.test'] });
    expect(mail?.subject).toBe('Hello');
    expect(mail?.from?.value).toEqual([{ address: 'no-reply@shop.test', name: 'Shöp' }]);
    expect(mail?.text).toContain('How are you?');
    expect(mail?.html).toContain('<p>How are you?</p>');
    expect(mail?.headers.get('auto-submitted')).toBe('auto-generated');
  });

  it('sends nothing to a server that offers no STARTTLS, unless it was told to', async () => {
    const server = await smtp({ starttls: false });
    await expect(mailer(server).send(MAIL)).rejects.toMatchObject({ permanent: false });
    expect(server.attempts).toBe(0);
    await mailer(server, { tls: 'off' }).send(MAIL);
    expect(server.received).toMatchObject([{ secure: false }]);
  });

  it('sends nothing to a server whose certificate nobody vouches for', async () => {
    const server = await smtp();
    const stranger = await smtp();
    const wrong = mailer(server, { ca: stranger.certificate.cert });
    await expect(wrong.send(MAIL)).rejects.toMatchObject({
      name: 'MailNotTaken',
      permanent: false,
    });
    expect(server.attempts).toBe(0);
  });

  it('says of a wrong password nothing but that', async () => {
    const server = await smtp({ login: LOGIN });
    const wrong = mailer(server, { url: server.url({ ...LOGIN, password: 'guess' }) });
    const error = await wrong.send(MAIL).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ permanent: false, reason: 'EAUTH 535' });
    expect(String(error)).not.toMatch(/guess|ann@/);
  });

  it.each([
    [550, true],
    [552, true],
    [421, false],
    [450, false],
  ])('tells whether a refusal with %i is for good: %s', async (code, permanent) => {
    const server = await smtp({ refuse: () => ({ code, text: 'no ann@example.test' }) });
    const error = await mailer(server)
      .send(MAIL)
      .catch((reason: unknown) => reason);
    expect(error).toMatchObject({ name: 'MailNotTaken', permanent });
    expect(String(error)).not.toContain('ann@');
  });

  it('notices a connection that is cut in the middle of a mail', async () => {
    const server = await smtp({ drop: (attempt) => attempt === 1 });
    const one = mailer(server);
    await expect(one.send(MAIL)).rejects.toMatchObject({ permanent: false });
    await one.send(MAIL);
    expect(server.received).toHaveLength(1);
  });

  it('does not wait for ever for a server that says nothing', async () => {
    const silent: Server = createServer(() => undefined);
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    closers.push(() => silent.close());
    const { port } = silent.address() as { port: number };
    const patient = new SmtpMailer({
      url: `smtp://127.0.0.1:${port}`,
      from: 'a@shop.test',
      patienceMs: 100,
    });
    closers.push(() => patient.close());
    await expect(patient.send(MAIL)).rejects.toMatchObject({ permanent: false });
  });

  it('writes to one address, whatever stands in it and in the names', async () => {
    const server = await smtp();
    const evil = 'Acme\r\nBcc: eve@evil.test\r\n\r\n<script>alert(1)</script> "Æ★" ‮evil';
    const subject = `News of ${evil}`;
    await mailer(server)
      .send({
        to: 'ann@example.test, eve@evil.test',
        ...letter({ subject, paragraphs: [`Hello ${evil}`] }),
      })
      .catch(() => undefined);
    for (const { recipients } of server.received) expect(recipients).toHaveLength(1);
    expect(server.received.flatMap(({ recipients }) => recipients)).not.toContain('eve@evil.test');

    await mailer(server).send({
      to: 'bob@example.test',
      ...letter({ subject, paragraphs: [`Hello ${evil}`] }),
    });
    const mail = await server.mail(({ recipients }) => recipients.includes('bob@example.test'));
    expect(mail.recipients).toEqual(['bob@example.test']);
    expect(mail.headers.has('bcc')).toBe(false);
    expect(mail.subject).toContain('Æ★');
    expect(mail.html).not.toContain('<script');
    expect(mail.html).toContain('&lt;script&gt;');
  });

  it('carries very long and foreign texts whole', async () => {
    const server = await smtp();
    const long = `${'ж'.repeat(400)} ${'x'.repeat(5000)}`;
    await mailer(server).send({ ...MAIL, ...letter({ subject: long, paragraphs: [long] }) });
    const [mail] = server.received;
    expect(mail?.subject).toBe(long);
    expect(mail?.text).toContain(long);
    for (const line of mail?.raw.split('\r\n') ?? []) expect(line.length).toBeLessThan(999);
  });
});

describe('shownName', () => {
  it.each([
    ['Zoë Ångström', 'Zoë Ångström'],
    ['Acme Inc.', 'Acme Inc.'],
    ['a\r\nBcc: x', 'a Bcc: x'],
    ['you won: https://evil.example.com/now', 'you won: https evil example com/now'],
    ['x\u202Egnp.exe', 'x gnp exe'],
    ['  \u200B ', ''],
  ])('shows %j as %j', (name, shown) => expect(shownName(name)).toBe(shown));

  it('shows no more than 60 characters', () => {
    const shown = shownName('💌'.repeat(200));
    expect([...shown]).toHaveLength(60);
    expect(shown).toMatch(/💌…$/u);
  });
});
