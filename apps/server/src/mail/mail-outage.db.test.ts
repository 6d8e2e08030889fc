import { createServer } from 'node:net';
import { withTenant } from 'ringfence/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { AuthApp } from '../auth/auth-app.fixture.js';

const PASSWORD = 'a long enough password';

let auth: AuthApp;
beforeAll(async () => {
  auth = await AuthApp.start({ SMTP_URL: `smtp://127.0.0.1:${await closedPort()}` });
});
afterAll(() => auth?.stop());

/** A port on which nobody listens. */
async function closedPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

it('a mail server that is away fails no request, and the mail is tried again', async () => {
  const { a } = await auth.twoTenants();
  const owner = await auth.addPerson(a, { role: 'owner', password: PASSWORD });
  await withTenant(a, () =>
    auth.prisma.user.update({
      where: { id: owner.id },
      data: { emailVerifiedAt: new Date() },
      select: { id: true },
    }),
  );
  const { accessToken } = await auth.session(a, owner.email, PASSWORD);
  const invited = await auth.post(
    '/invitations',
    { email: 'guest@example.test', role: 'viewer' },
    { authorization: `Bearer ${accessToken}` },
  );
  expect(invited.status).toBe(201);
  const postponed = (): string | undefined =>
    auth.log.find((line) => line.includes('"event":"mail_postponed"'));
  while (!postponed()) await new Promise((resolve) => setTimeout(resolve, 5));
  expect(JSON.parse(postponed() ?? '')).toMatchObject({
    kind: 'invitation',
    tenantId: a.id,
    invitationId: invited.body.id,
    attempt: 1,
    reason: 'ESOCKET',
  });
  expect(auth.log.join('')).not.toContain('guest@');
});
