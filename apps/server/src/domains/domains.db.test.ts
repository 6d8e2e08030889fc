import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { ask, expectProblem } from '../../test/ask.fixture.js';
import { type DnsServer, startDnsServer } from '../../test/dns-server.fixture.js';
import {
  startTestServer,
  type TestPerson,
  type TestServer,
} from '../../test/server-app.fixture.js';

let dns: DnsServer;
let server: TestServer;
let admin: pg.Client;
beforeAll(async () => {
  dns = await startDnsServer();
  server = await startTestServer({
    DNS_SERVERS: dns.address,
    BASE_DOMAINS: 'localhost,ours.example',
  });
  admin = new pg.Client({ connectionString: server.db.admin });
  await admin.connect();
});
afterAll(async () => {
  await admin?.end();
  await server?.stop();
  await dns?.stop();
});
beforeEach(async () => {
  dns.forget();
  await admin.query('DELETE FROM public.custom_domains; DELETE FROM ringfence.tenant_domains');
});

const DOMAIN = 'docs.customer.example';
const DOMAIN_RECORD = `_ringfence-challenge.${DOMAIN}`;

async function note(who: TestPerson, domain = DOMAIN) {
  const answer = await ask(server, who, 'POST /domains', { body: { domain } });
  expect(answer.status, answer.text).toBe(201);
  return answer.body;
}
const verify = (who: TestPerson, id: string) => ask(server, who, `POST /domains/${id}/verify`);

/** Notes a domain, publishes its record and verifies it. */
async function prove(who: TestPerson, domain = DOMAIN) {
  const noted = await note(who, domain);
  dns.answer(noted.challenge.name, [noted.challenge.value]);
  const answer = await verify(who, noted.id);
  expect(answer.status, answer.text).toBe(200);
  return answer.body;
}

/** What a member is told who sends a token to this host, once every node has heard. */
const at = (who: TestPerson, host: string) =>
  ask(server, who, 'GET /auth/me', { headers: { host } });
const settles = (who: TestPerson, status: number, host = DOMAIN) =>
  vi.waitFor(async () => expect((await at(who, host)).status).toBe(status), { timeout: 10_000 });

describe('a domain that a tenant has proven', () => {
  it('names that tenant, and refuses the token of every other', async () => {
    const { a, b } = server;
    expect((await at(b.owner, DOMAIN)).status).toBe(200);
    const proven = await prove(a.admin);
    expect(proven).toMatchObject({ domain: DOMAIN, active: true, verifiedAt: expect.any(String) });
    await settles(b.owner, 403);
    expectProblem(await at(b.owner, `${DOMAIN}.:443`), 403, 'TENANT_SOURCES_DISAGREE');
    expect((await at(a.owner, DOMAIN.toUpperCase())).status).toBe(200);
    const logIn = await ask(server, undefined, 'POST /auth/login', {
      headers: { host: DOMAIN },
      body: { email: a.owner.email, password: 'not the password' },
    });
    expectProblem(logIn, 401, 'CREDENTIALS_INVALID');
  });

  it('is given up by deleting it', async () => {
    const { id } = await prove(server.a.admin);
    await settles(server.b.owner, 403);
    expect((await ask(server, server.a.admin, `DELETE /domains/${id}`)).status).toBe(204);
    await settles(server.b.owner, 200);
    expectProblem(await ask(server, server.a.admin, `GET /domains/${id}`), 404, 'NOT_FOUND');
    expectProblem(await ask(server, server.a.admin, `DELETE /domains/${id}`), 404, 'NOT_FOUND');
  });

  it('is given up when the record has gone, and kept while nobody answers', async () => {
    const { id, challenge } = await prove(server.a.admin);
    for (const failure of ['server-failure', 'refused'] as const) {
      dns.answer(challenge.name, failure);
      expectProblem(await verify(server.a.admin, id), 503, 'DNS_UNAVAILABLE');
    }
    await settles(server.b.owner, 403);
    dns.answer(challenge.name, 'no-data');
    expectProblem(await verify(server.a.admin, id), 409, 'DOMAIN_UNPROVEN');
    await settles(server.b.owner, 200);
    const { body } = await ask(server, server.a.admin, `GET /domains/${id}`);
    expect(body).toMatchObject({ active: false, verifiedAt: null, checkedAt: expect.any(String) });
    dns.answer(challenge.name, [challenge.value]);
    expect((await verify(server.a.admin, id)).body).toMatchObject({ active: true });
  });

  it('goes to whoever proves it next, and its list says so', async () => {
    const ofA = await prove(server.a.admin);
    const ofB = await prove(server.b.admin);
    await settles(server.a.owner, 403);
    expect((await at(server.b.owner, DOMAIN)).status).toBe(200);
    const list = async (who: TestPerson) => (await ask(server, who, 'GET /domains')).body.items;
    expect(await list(server.a.owner)).toEqual([
      expect.objectContaining({ id: ofA.id, active: false }),
    ]);
    expect(await list(server.b.owner)).toEqual([
      expect.objectContaining({ id: ofB.id, active: true }),
    ]);
    // Deleting what is another's by now takes nothing from them.
    expect((await ask(server, server.a.admin, `DELETE /domains/${ofA.id}`)).status).toBe(204);
    expect(await list(server.b.owner)).toEqual([expect.objectContaining({ active: true })]);
  });

  it('comes after the hosts that the platform gave', async () => {
    const { tenant } = server.b.owner;
    await admin.query('UPDATE ringfence.tenants SET host = $1 WHERE id = $2', [DOMAIN, tenant.id]);
    const noted = await note(server.a.admin);
    dns.answer(noted.challenge.name, [noted.challenge.value]);
    expectProblem(await verify(server.a.admin, noted.id), 409, 'ALREADY_EXISTS');
    const { body } = await ask(server, server.a.admin, `GET /domains/${noted.id}`);
    expect(body).toMatchObject({ active: false, verifiedAt: null });
    await admin.query('UPDATE ringfence.tenants SET host = NULL');
  });
});

describe('the proof of a domain', () => {
  it.each<[string, (value: string) => string[]]>([
    ['no record', () => []],
    ['another text', () => ['hello']],
    ['half of it', (value) => [value.slice(0, 30)]],
    ['it inside of another', (value) => [`x${value}`]],
    ['two texts that make it together', (value) => [value.slice(0, 10), value.slice(10)]],
  ])('is not %s', async (_case, texts) => {
    const { id, challenge } = await note(server.a.admin);
    dns.answer(challenge.name, texts(challenge.value));
    expectProblem(await verify(server.a.admin, id), 409, 'DOMAIN_UNPROVEN');
    expect(dns.asked).toContain(challenge.name);
    await settles(server.b.owner, 200);
  });

  it('may stand among other texts', async () => {
    const { id, challenge } = await note(server.a.admin);
    dns.answer(challenge.name, ['v=spf1 -all', ` ${challenge.value} `]);
    expect((await verify(server.a.admin, id)).status).toBe(200);
  });

  it('is not while the record of whoever had the domain before stands beside it', async () => {
    const ofA = await prove(server.a.admin);
    const ofB = await note(server.b.admin);
    dns.answer(DOMAIN_RECORD, [ofA.challenge.value, ofB.challenge.value]);
    expectProblem(await verify(server.b.admin, ofB.id), 409, 'DOMAIN_UNPROVEN');
    dns.answer(DOMAIN_RECORD, [ofB.challenge.value]);
    expect((await verify(server.b.admin, ofB.id)).status).toBe(200);
    // And so that tenant cannot take it back.
    expectProblem(await verify(server.a.admin, ofA.id), 409, 'DOMAIN_UNPROVEN');
    await settles(server.a.owner, 403);
  });

  it('fails when DNS is silent, and changes nothing', async () => {
    const { id, challenge } = await note(server.a.admin);
    dns.answer(challenge.name, 'silence');
    expectProblem(await verify(server.a.admin, id), 503, 'DNS_UNAVAILABLE');
    const { body } = await ask(server, server.a.admin, `GET /domains/${id}`);
    expect(body).toMatchObject({ checkedAt: null, active: false });
  });

  it("is not another tenant's record, even with that tenant's secret in the row", async () => {
    const ofB = await prove(server.b.admin);
    const ofA = await note(server.a.admin);
    expect(ofA.challenge.value).not.toBe(ofB.challenge.value);
    expectProblem(await verify(server.a.admin, ofA.id), 409, 'DOMAIN_UNPROVEN');
    // What SQL that is injected into A's request may do: choose the token of A's row.
    await admin.query(
      `UPDATE custom_domains SET verification_token =
         (SELECT verification_token FROM custom_domains WHERE id = $1), verified_at = now()`,
      [ofB.id],
    );
    expectProblem(await verify(server.a.admin, ofA.id), 409, 'DOMAIN_UNPROVEN');
    expect((await at(server.b.owner, DOMAIN)).status).toBe(200);
  });
});

describe('the list of domains', () => {
  it('is of one tenant, and another cannot read, verify or delete in it', async () => {
    const ofB = await note(server.b.admin);
    for (const request of [
      `GET /domains/${ofB.id}`,
      `DELETE /domains/${ofB.id}`,
      `POST /domains/${ofB.id}/verify`,
    ]) {
      expectProblem(await ask(server, server.a.owner, request), 404, 'NOT_FOUND');
    }
    expect(dns.asked).toEqual([]);
    expect((await ask(server, server.a.owner, 'GET /domains')).body.items).toEqual([]);
    expect((await ask(server, server.b.owner, 'GET /domains')).body.items).toEqual([ofB]);
    // Nor does noting it tell that somebody else has.
    await note(server.a.admin);
  });

  it('holds a domain once, however it is written, and never our own', async () => {
    const created = await ask(server, server.a.admin, 'POST /domains', {
      body: { domain: DOMAIN },
    });
    expect(created.headers.location).toBe(`/domains/${created.body.id}`);
    for (const domain of [DOMAIN, `${DOMAIN.toUpperCase()}.`]) {
      const again = await ask(server, server.a.admin, 'POST /domains', { body: { domain } });
      expectProblem(again, 409, 'ALREADY_EXISTS', '/domain');
    }
    const slug = server.b.owner.tenant.slug;
    for (const domain of [`${slug}.ours.example`, 'ours.example', '127.0.0.1', slug, 'co.uk']) {
      const refused = await ask(server, server.a.admin, 'POST /domains', { body: { domain } });
      expectProblem(refused, 400, 'VALIDATION_FAILED', '/domain');
    }
  });

  it('is for admins and owners', async () => {
    const { id } = await note(server.a.owner);
    for (const who of [server.a.member, server.a.viewer]) {
      for (const request of [
        'GET /domains',
        `DELETE /domains/${id}`,
        `POST /domains/${id}/verify`,
      ]) {
        expectProblem(await ask(server, who, request), 403, 'PERMISSION_DENIED');
      }
      const created = await ask(server, who, 'POST /domains', { body: { domain: DOMAIN } });
      expectProblem(created, 403, 'PERMISSION_DENIED');
    }
  });
});
