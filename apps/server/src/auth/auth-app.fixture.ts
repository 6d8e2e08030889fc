import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import pg from 'pg';
import { pino } from 'pino';
import { type TestDatabase, type TestTenant, twoTenants, withTenant } from 'ringfence/testing';
import { createServerDatabase } from '../../test/server-database.fixture.js';
import { ACCOUNT_KEYS, type AccountKeys } from '../account-keys/index.js';
import { readConfig } from '../config.js';
import { createApp } from '../create-app.js';
import { TENANT_PRISMA, type TenantPrisma } from '../database/index.js';
import { accountKeysFile } from '../dev/account-keys.js';
import type { Role } from '../permissions.js';
import type { SessionView } from './auth-schemas.js';
import { hashPassword } from './password.js';
import {
  generateSigningKeys,
  SIGNING_KEYS,
  type SigningKeys,
  writeSigningKeys,
} from './signing-keys.js';

/** The answer to a request, with its body as JSON. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: Readonly<Record<string, unknown>>;
}

/** A person of a test tenant. */
export interface TestPerson {
  readonly id: string;
  readonly email: string;
}

/** The server on a database of its own, with everything that it wrote into its log. */
export class AuthApp {
  readonly log: string[] = [];
  readonly #folder = mkdtempSync(path.join(tmpdir(), 'ringfence-auth-'));
  readonly #db: TestDatabase;
  #app: NestFastifyApplication | undefined;

  private constructor(db: TestDatabase) {
    this.#db = db;
  }

  static async start(settings: Readonly<Record<string, string>> = {}): Promise<AuthApp> {
    const auth = new AuthApp(await createServerDatabase());
    const JWT_KEYS_FILE = path.join(auth.#folder, 'keys.json');
    writeSigningKeys(JWT_KEYS_FILE, generateSigningKeys({ demo: false }));
    const config = readConfig({
      DATABASE_URL: auth.#db.app,
      JWT_KEYS_FILE,
      ACCOUNT_KEYS_FILE: accountKeysFile(auth.#folder),
      ...settings,
    });
    const logger = pino({ level: 'trace' }, { write: (line) => void auth.log.push(line) });
    auth.#app = await createApp(config, logger);
    await auth.#app.init();
    await auth.#app.getHttpAdapter().getInstance().ready();
    return auth;
  }

  async stop(): Promise<void> {
    await this.#app?.close();
    await this.#db.drop();
    rmSync(this.#folder, { recursive: true });
  }

  get app(): NestFastifyApplication {
    if (!this.#app) throw new Error('The application has not started.');
    return this.#app;
  }

  get prisma(): TenantPrisma {
    return this.app.get<TenantPrisma>(TENANT_PRISMA, { strict: false });
  }

  get keys(): SigningKeys {
    return this.app.get<SigningKeys>(SIGNING_KEYS, { strict: false });
  }

  get accountKeys(): AccountKeys {
    return this.app.get<AccountKeys>(ACCOUNT_KEYS, { strict: false });
  }

  twoTenants(): Promise<{ a: TestTenant; b: TestTenant }> {
    return twoTenants(this.#db);
  }

  async addPerson(
    tenant: TestTenant,
    {
      email = `${randomBytes(5).toString('hex')}@example.test`,
      role = 'member' as Role,
      password = '',
    },
  ): Promise<TestPerson> {
    const passwordHash = password === '' ? null : await hashPassword(password);
    const data = { email, name: 'A Person', role, passwordHash };
    return withTenant(tenant, () =>
      this.prisma.user.create({ data, select: { id: true, email: true } }),
    );
  }

  /** What only the platform or the clock can do: suspend, let expire. Never for reading rows. */
  async asAdmin(sql: string, values: unknown[] = []): Promise<number> {
    const admin = new pg.Client({ connectionString: this.#db.admin });
    await admin.connect();
    try {
      return (await admin.query(sql, values)).rowCount ?? 0;
    } finally {
      await admin.end();
    }
  }

  /** Runs a statement in a transaction that stays open until the answer is called. */
  async holdAsAdmin(sql: string): Promise<() => Promise<void>> {
    const admin = new pg.Client({ connectionString: this.#db.admin });
    await admin.connect();
    await admin.query('BEGIN');
    await admin.query(sql);
    return () => admin.end();
  }

  post(url: string, payload: object, headers: Record<string, string> = {}): Promise<Answer> {
    return this.send('POST', url, payload, headers);
  }

  async send(
    method: 'POST' | 'PUT' | 'DELETE',
    url: string,
    payload: object,
    headers: Record<string, string> = {},
  ): Promise<Answer> {
    const answer = await this.app.inject({ method, url, payload, headers });
    return {
      status: answer.statusCode,
      headers: answer.headers,
      body: answer.body === '' ? {} : answer.json(),
    };
  }

  async get(url: string, token?: string, headers: Record<string, string> = {}): Promise<Answer> {
    const authorization = token === undefined ? {} : { authorization: `Bearer ${token}` };
    const answer = await this.app.inject({ url, headers: { ...authorization, ...headers } });
    return { status: answer.statusCode, headers: answer.headers, body: answer.json() };
  }

  async delete(url: string, token: string): Promise<Answer> {
    const headers = { authorization: `Bearer ${token}` };
    const answer = await this.app.inject({ method: 'DELETE', url, headers });
    return {
      status: answer.statusCode,
      headers: answer.headers,
      body: answer.body === '' ? {} : answer.json(),
    };
  }

  /** Logs in and answers the session; fails when that is refused. */
  async session(tenant: TestTenant, email: string, password: string): Promise<SessionView> {
    const answer = await this.post('/auth/login', { tenant: tenant.slug, email, password });
    if (answer.status !== 200) throw new Error(`Log in answered ${JSON.stringify(answer.body)}`);
    return answer.body as unknown as SessionView;
  }
}
