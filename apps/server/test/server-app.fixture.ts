import { randomUUID } from 'node:crypto';
import { rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Writable } from 'node:stream';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { type Logger, pino } from 'pino';
import { runInTenant } from 'ringfence/context';
import { type TestDatabase, type TestTenant, twoTenants } from 'ringfence/testing';
import {
  AccessTokenIssuer,
  generateSigningKeys,
  SIGNING_KEYS,
  type SigningKeys,
  writeSigningKeys,
} from '../src/auth/index.js';
import { readConfig, type ServerConfig } from '../src/config.js';
import { createApp } from '../src/create-app.js';
import { TENANT_PRISMA, type TenantPrisma } from '../src/database/index.js';
import { accountKeysFile } from '../src/dev/account-keys.js';
import type { Role } from '../src/permissions.js';
import { createServerDatabase } from './server-database.fixture.js';

/** A person of a tenant who asks the server something. */
export interface TestPerson {
  readonly id: string;
  readonly email: string;
  readonly role: Role;
  readonly tenant: TestTenant;
  readonly token: string;
}

/** The people of a tenant, one per role. */
export type TestPeople = Readonly<Record<Role, TestPerson>>;

/** The whole server on a database of its own, with two tenants in it. */
export interface TestServer {
  readonly app: NestFastifyApplication;
  readonly db: TestDatabase;
  readonly prisma: TenantPrisma;
  readonly a: TestPeople;
  readonly b: TestPeople;
  /** Adds a person to a tenant. */
  person(tenant: TestTenant, role: Role): Promise<TestPerson>;
  /** Everything logged so far. */
  logged(): string;
  stop(): Promise<void>;
}

/** Settings that name fresh key files; they are removed when the test process ends. */
export async function testKeyFiles(options: { demo: boolean } = { demo: true }) {
  const folder = await mkdtemp(path.join(tmpdir(), 'ringfence-keys-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  const JWT_KEYS_FILE = path.join(folder, 'keys.json');
  writeSigningKeys(JWT_KEYS_FILE, generateSigningKeys(options));
  return { JWT_KEYS_FILE, ACCOUNT_KEYS_FILE: accountKeysFile(folder) };
}

/**
 * Starts the server as main.ts builds it, without a port: ask it by {@link ask}.
 *
 * @param env settings that differ from the defaults
 * @param build builds another application around the server's modules
 */
export async function startTestServer(
  env: Record<string, string> = {},
  build: (config: ServerConfig, logger: Logger) => Promise<NestFastifyApplication> = createApp,
): Promise<TestServer> {
  const db = await createServerDatabase();
  const config = readConfig({
    DATABASE_URL: db.app,
    DATABASE_POOL_MAX: '4',
    ...(await testKeyFiles()),
    RATE_LIMIT_PER_SECOND: '100000',
    ...env,
  });
  const lines: string[] = [];
  const sink = new Writable({
    write(chunk, _, done) {
      lines.push(String(chunk));
      done();
    },
  });
  const app = await build(config, pino({ level: 'trace' }, sink));
  await app.init();
  await app.getHttpAdapter().getInstance().ready();
  const prisma = app.get<TenantPrisma>(TENANT_PRISMA, { strict: false });
  const tokens = new AccessTokenIssuer(app.get<SigningKeys>(SIGNING_KEYS, { strict: false }), {
    issuer: config.JWT_ISSUER,
    audience: config.JWT_AUDIENCE,
    seconds: 900,
  });

  async function person(tenant: TestTenant, role: Role): Promise<TestPerson> {
    const email = `${role}-${randomUUID().slice(0, 8)}@${tenant.slug}.test`;
    const { id } = await runInTenant(tenant.id, () =>
      prisma.user.create({
        data: { email, name: `The ${role}`, role, emailVerifiedAt: new Date() },
        select: { id: true },
      }),
    );
    const { id: sessionId } = await runInTenant(tenant.id, () =>
      prisma.session.create({
        data: { userId: id, expiresAt: new Date(Date.now() + 86_400_000) },
        select: { id: true },
      }),
    );
    const token = await tokens.issue({
      tenantId: tenant.id,
      tenantSlug: tenant.slug,
      userId: id,
      sessionId,
      role,
    });
    return { id, email, role, tenant, token };
  }

  async function people(tenant: TestTenant): Promise<TestPeople> {
    return {
      owner: await person(tenant, 'owner'),
      admin: await person(tenant, 'admin'),
      member: await person(tenant, 'member'),
      viewer: await person(tenant, 'viewer'),
    };
  }

  const { a, b } = await twoTenants(db);
  return {
    app,
    db,
    prisma,
    a: await people(a),
    b: await people(b),
    person,
    logged: () => lines.join(''),
    async stop() {
      await app.close();
      await db.drop();
    },
  };
}
