import { describe, expect, it } from 'vitest';
import { readConfig } from './config.js';

const LEAST = {
  DATABASE_URL: 'postgresql://app:hunter2@127.0.0.1:5432/ringfence',
  JWT_KEYS_FILE: '/run/keys.json',
  ACCOUNT_KEYS_FILE: '/run/account-keys',
};

/** What production needs besides, to write to people. */
const MAIL = {
  SMTP_URL: 'smtp://app:hunter2@mail.example.com:587',
  MAIL_FROM: 'Shop <no-reply@example.com>',
  PUBLIC_URL: 'https://{tenant}.example.com',
};

function faultsOf(env: Record<string, string>): string {
  try {
    readConfig(env);
  } catch (error) {
    return (error as { detail: string }).detail;
  }
  throw new Error('the configuration was accepted');
}

describe('readConfig', () => {
  it('fills everything but the database and the keys with defaults', () => {
    expect(readConfig(LEAST)).toMatchObject({
      PORT: 3000,
      HOST: '127.0.0.1',
      RINGFENCE_MODE: 'demo',
      JWT_ISSUER: 'ringfence',
      JWT_AUDIENCE: 'ringfence-api',
      ACCESS_TOKEN_SECONDS: 900,
      REFRESH_TOKEN_DAYS: 14,
      SESSION_DAYS: 30,
      BASE_DOMAINS: ['localhost'],
      RATE_LIMIT_PER_SECOND: 1000,
      RATE_LIMIT_STORE: 'memory',
      RATE_LIMIT_WHEN_STORE_FAILS: 'memory',
      LOG_LEVEL: 'info',
      DATABASE_POOL_MAX: 10,
    });
  });

  it('is in production mode, on all interfaces, when NODE_ENV says production', () => {
    const env = { ...LEAST, ...MAIL, NODE_ENV: 'production' };
    const config = readConfig(env);
    expect(config).toMatchObject({
      HOST: '0.0.0.0',
      RINGFENCE_MODE: 'production',
      REGISTRATION: 'closed',
    });
    expect(readConfig({ ...env, HOST: '::1' }).HOST).toBe('::1');
  });

  it('can write to people without any setting in demo mode, and names what production lacks', () => {
    expect(readConfig({ ...LEAST, PORT: '4000' })).toMatchObject({
      PUBLIC_URL: 'http://{tenant}.localhost:4000',
      SMTP_TLS: 'required',
      REGISTRATION: 'open',
    });
    for (const name of Object.keys(MAIL)) {
      const faults = faultsOf({ ...LEAST, ...MAIL, RINGFENCE_MODE: 'production', [name]: '' });
      expect(faults).toBe(`${name} must be set in production.`);
    }
    const plain = { ...LEAST, ...MAIL, RINGFENCE_MODE: 'production', PUBLIC_URL: 'http://a.test' };
    expect(faultsOf(plain)).toBe('PUBLIC_URL must begin with https:// in production.');
    expect(faultsOf({ ...LEAST, ...MAIL, SMTP_TLS: 'off' })).toMatch(/^SMTP_TLS must not be off/);
  });

  it('reads an empty value as not set', () => {
    expect(readConfig({ ...LEAST, PORT: '' }).PORT).toBe(3000);
    expect(faultsOf({ ...LEAST, DATABASE_URL: '' })).toMatch(/^DATABASE_URL must be set/);
  });

  it('reads DNS servers with and without ports, and nothing else as one', () => {
    const DNS_SERVERS = '192.0.2.1, 192.0.2.1:5353,2001:db8::1,[2001:db8::1]:53';
    expect(readConfig({ ...LEAST, DNS_SERVERS }).DNS_SERVERS).toHaveLength(4);
    for (const wrong of [
      'dns.example',
      '192.0.2.1:port',
      '192.0.2.300',
      ',',
      '[192.0.2.1',
      'x:53',
    ]) {
      expect(faultsOf({ ...LEAST, DNS_SERVERS: wrong })).toMatch(
        /^DNS_SERVERS must be a list of IP/,
      );
    }
  });

  it('listens with no other login than the one that the start looks at', () => {
    const urls = {
      DATABASE_URL: 'postgresql://app:one@pooler/db',
      DATABASE_DIRECT_URL: 'postgresql://app:one@database/db',
    };
    expect(readConfig({ ...LEAST, ...urls })).toMatchObject(urls);
    const DATABASE_DIRECT_URL = 'postgresql://postgres:one@database/db';
    expect(faultsOf({ ...LEAST, ...urls, DATABASE_DIRECT_URL })).toBe(
      'DATABASE_DIRECT_URL must name the login of DATABASE_URL.',
    );
  });

  it('splits the base domains', () => {
    expect(readConfig({ ...LEAST, BASE_DOMAINS: 'Example.com, example.org' }).BASE_DOMAINS).toEqual(
      ['example.com', 'example.org'],
    );
  });

  it('waits for load balancers in production only, unless it is told to', () => {
    expect(readConfig(LEAST).SHUTDOWN_DRAIN_SECONDS).toBe(0);
    expect(readConfig({ ...LEAST, SHUTDOWN_DRAIN_SECONDS: '7' }).SHUTDOWN_DRAIN_SECONDS).toBe(7);
    const production = { ...LEAST, ...MAIL, RINGFENCE_MODE: 'production' };
    expect(readConfig(production).SHUTDOWN_DRAIN_SECONDS).toBe(5);
    expect(readConfig({ ...production, SHUTDOWN_DRAIN_SECONDS: '0' }).SHUTDOWN_DRAIN_SECONDS).toBe(
      0,
    );
  });

  it('takes origins as browsers write them', () => {
    const origins = (CORS_ORIGINS: string) => readConfig({ ...LEAST, CORS_ORIGINS }).CORS_ORIGINS;
    expect(origins('')).toEqual([]);
    expect(origins('https://a.test, http://localhost:5173')).toEqual([
      'https://a.test',
      'http://localhost:5173',
    ]);
    for (const wrong of ['*', 'https://*.a.test', 'https://a.test/', 'https://A.test', 'a.test']) {
      expect(() => origins(wrong), wrong).toThrow();
    }
  });

  it.each([
    ['DATABASE_MIGRATION_URL', 'postgresql://owner:hunter2@h/d'],
    ['DATABASE_OPERATOR_URL', 'postgresql://operator:hunter2@h/d'],
    ['DATABASE_URL', 'mysql://app:hunter2@h/d'],
    ['DATABASE_POOLER', 'hunter2'],
    ['PORT', '65536'],
    ['PORT', 'hunter2'],
    ['RINGFENCE_MODE', 'hunter2'],
    ['ACCESS_TOKEN_SECONDS', '0'],
    ['RATE_LIMIT_PER_SECOND', '-1'],
    ['RATE_LIMIT_STORE', 'memcached'],
    ['RATE_LIMIT_WHEN_STORE_FAILS', 'ignore'],
    ['REDIS_URL', 'http://127.0.0.1'],
    ['BASE_DOMAINS', 'a,,b'],
    ['LOG_LEVEL', 'hunter2'],
    ['SMTP_URL', 'https://hunter2'],
    ['SMTP_TLS', 'hunter2'],
    ['REGISTRATION', 'hunter2'],
    ['MAIL_FROM', 'hunter2'],
    ['MAIL_FROM', 'Shop <a@b.test>\r\nBcc: hunter2@evil.test'],
    ['PUBLIC_URL', 'hunter2'],
    ['PUBLIC_URL', 'https://{hunter2}.example.com'],
    ['PUBLIC_URL', 'https://example.com/?hunter2'],
    ['PUBLIC_URL', 'https://hunter2@example.com'],
  ])('refuses %s=%s with one sentence that names it and not its value', (name, value) => {
    const faults = faultsOf({ ...LEAST, [name]: value });
    expect(faults).toMatch(new RegExp(`^${name} must [^.]+\\.$`));
    expect(faults).not.toContain('hunter2');
  });

  it('names every fault at once', () => {
    expect(faultsOf({ PORT: 'x' })).toMatch(/DATABASE_URL .*PORT .*JWT_KEYS_FILE /);
  });

  it('takes a webhook with its secrets only, and operators as names and hashes', () => {
    const webhook = {
      ALERT_WEBHOOK_URL: 'https://ops.example/',
      ALERT_WEBHOOK_SECRETS: 'one, two',
    };
    const sha256 = 'a'.repeat(64);
    expect(
      readConfig({ ...LEAST, ...webhook, OPERATOR_KEYS: `ops:${sha256}, night:${sha256}` }),
    ).toMatchObject({
      ALERT_WEBHOOK_SECRETS: ['one', 'two'],
      ALERT_WEBHOOK_PRIVATE: 'refused',
      OPERATOR_KEYS: [
        { name: 'ops', sha256 },
        { name: 'night', sha256 },
      ],
    });
    for (const name of ['ALERT_WEBHOOK_URL', 'ALERT_WEBHOOK_SECRETS'] as const) {
      expect(faultsOf({ ...LEAST, [name]: webhook[name] })).toContain('must be set together');
    }
    for (const keys of [
      'ops',
      `ops:${'a'.repeat(63)}`,
      `ops:${sha256},`,
      `o p:${sha256}`,
      'secret',
    ]) {
      const faults = faultsOf({ ...LEAST, OPERATOR_KEYS: keys });
      expect(faults).toContain('OPERATOR_KEYS must be a list');
      expect(faults).not.toContain('secret');
    }
  });
});
