import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { generateSigningKeys } from '../apps/server/src/auth/index.js';
import { Customer } from './customer.fixture.js';
import {
  newDataFolder,
  noProcessOf,
  processesOf,
  ROOT,
  RunningProgram,
  ready,
  start,
  stopAll,
} from './running-start.fixture.js';

const MAIN = path.join(ROOT, 'apps', 'server', 'dist', 'main.js');

/** What production needs to write to people; nobody listens there. */
const MAIL = {
  SMTP_URL: 'smtp://127.0.0.1:1',
  MAIL_FROM: 'no-reply@example.com',
  PUBLIC_URL: 'https://example.com',
};

/** A PostgreSQL that somebody brings along: its administrator is no superuser and may make roles. */
describe('npm start with a database of your own', () => {
  const { folder, remove } = newDataFolder();
  const adminUrl = process.env.RINGFENCE_TEST_ADMIN_URL ?? '';
  const prefix = `own_${randomBytes(4).toString('hex')}`;
  const env = {
    RINGFENCE_DATA_DIR: folder,
    RINGFENCE_ROLE_PREFIX: prefix,
    PORT: '0',
    DATABASE_URL: urlOf('server'),
    DATABASE_MIGRATION_URL: urlOf('admin'),
    DATABASE_OPERATOR_URL: urlOf('platform'),
  };

  function urlOf(login: string): string {
    const url = new URL(adminUrl);
    url.pathname = `/${prefix}`;
    url.username = `${prefix}_${login}`;
    url.password = `${login}-password`;
    return url.href;
  }

  /** The keyring that the first start made. */
  const contextKeys = (): string => path.join(folder, 'context-keys');

  async function asSuperuser(...statements: string[]): Promise<void> {
    const client = new pg.Client({ connectionString: adminUrl });
    await client.connect();
    for (const statement of statements) await client.query(statement);
    await client.end();
  }

  beforeAll(async () => {
    await asSuperuser(
      `CREATE ROLE ${prefix}_admin LOGIN CREATEROLE PASSWORD 'admin-password'`,
      `CREATE DATABASE ${prefix} OWNER ${prefix}_admin`,
    );
  });

  afterAll(async () => {
    await stopAll();
    await noProcessOf(folder);
    const roles = [
      'server',
      'platform',
      'app',
      'operator',
      'auditor',
      'migrator',
      'owner',
      'admin',
    ];
    await asSuperuser(
      `DROP DATABASE ${prefix} WITH (FORCE)`,
      ...roles.map((role) => `DROP ROLE IF EXISTS ${prefix}_${role}`),
    );
    remove();
  });

  it('starts nothing embedded, and works', async () => {
    const program = start(env);
    const server = await ready(program);
    expect(existsSync(path.join(folder, 'database'))).toBe(false);
    expect(processesOf(folder).filter(({ command }) => command.includes('postgres '))).toEqual([]);
    expect(program.output).toContain('isolation: acme sees');
    const acme = await Customer.logIn(server, 'acme', 'viewer@acme.test');
    const globex = await Customer.logIn(server, 'globex', 'viewer@globex.test');
    const [document] = await acme.list('documents');
    expect(await acme.status(`/documents/${document?.id}`)).toBe(200);
    expect(await globex.status(`/documents/${document?.id}`)).toBe(404);
    const [found] = processesOf(folder).filter(({ command }) => command.includes('main.js'));
    expect(found).toBeDefined();
    program.signal('SIGTERM');
    expect(await program.ended).toBe(0);
  });

  it('changes nothing when it is started again', async () => {
    const program = start(env);
    await ready(program);
    expect(program.output).not.toContain('applied');
    expect(program.output).not.toContain('set up roles');
    program.signal('SIGHUP');
    expect(await program.ended).toBe(0);
  });

  it('does not start in production with demo tenants in the database', async () => {
    const keys = path.join(folder, 'own-keys.json');
    writeFileSync(keys, JSON.stringify(generateSigningKeys({ demo: false })));
    const program = start({
      ...env,
      ...MAIL,
      NODE_ENV: 'production',
      JWT_KEYS_FILE: keys,
      RINGFENCE_CONTEXT_KEYS_FILE: contextKeys(),
      ACCOUNT_KEYS_FILE: contextKeys(),
    });
    expect(await program.ended).toBe(1);
    expect(program.output).toContain('This database holds demo tenants');
  });

  it('does not start its server as the administrator', async () => {
    const operator = env.DATABASE_OPERATOR_URL;
    const program = start({
      ...env,
      DATABASE_URL: urlOf('admin'),
      DATABASE_OPERATOR_URL: operator,
    });
    expect(await program.ended).toBe(1);
    expect(program.output).toContain('has CREATEROLE');
  });

  describe('the server alone', () => {
    const keys = (demo: boolean): string => {
      mkdirSync(folder, { recursive: true });
      const file = path.join(folder, `keys-${demo}.json`);
      writeFileSync(file, JSON.stringify(generateSigningKeys({ demo })));
      return file;
    };

    it('refuses a superuser as its database login', async () => {
      const url = new URL(adminUrl);
      url.pathname = `/${prefix}`;
      const server = new RunningProgram([process.execPath, MAIN], {
        DATABASE_URL: url.href,
        JWT_KEYS_FILE: keys(true),
        RINGFENCE_CONTEXT_KEYS_FILE: contextKeys(),
        ACCOUNT_KEYS_FILE: contextKeys(),
        PORT: '0',
      });
      expect(await server.ended).not.toBe(0);
      expect(server.output).toContain('is a superuser');
      expect(server.output).not.toContain(url.password);
    });

    it('refuses demo keys in production', async () => {
      const server = new RunningProgram([process.execPath, MAIN], {
        DATABASE_URL: env.DATABASE_URL,
        JWT_KEYS_FILE: keys(true),
        RINGFENCE_CONTEXT_KEYS_FILE: contextKeys(),
        ACCOUNT_KEYS_FILE: contextKeys(),
        ...MAIL,
        NODE_ENV: 'production',
        PORT: '0',
      });
      expect(await server.ended).not.toBe(0);
      expect(server.output).toMatch(/demo/);
    });

    it('refuses to hold the privileged URL', async () => {
      const server = new RunningProgram([process.execPath, MAIN], {
        ...env,
        JWT_KEYS_FILE: keys(true),
        RINGFENCE_CONTEXT_KEYS_FILE: contextKeys(),
        ACCOUNT_KEYS_FILE: contextKeys(),
      });
      expect(await server.ended).not.toBe(0);
      expect(server.output).toContain('DATABASE_MIGRATION_URL must not be set for the server');
    });
  });
});
