import { describe, expect, it } from 'vitest';
import { readStartSettings } from './start-settings.js';

const OWN = {
  DATABASE_URL: 'postgresql://server:secret-a@db.test/app',
  DATABASE_MIGRATION_URL: 'postgresql://admin:secret-b@db.test/app',
  DATABASE_OPERATOR_URL: 'postgresql://platform:secret-c@db.test/app',
};

describe('the settings of a start', () => {
  it('need nothing', () => {
    expect(readStartSettings({}, '/srv/clone')).toEqual({
      mode: 'demo',
      dataFolder: '/srv/clone/.ringfence',
      host: '127.0.0.1',
      port: 3000,
      portGiven: false,
      database: undefined,
      keysFile: undefined,
      rolePrefix: undefined,
    });
  });

  it('take what is given, paths from where the person stands', () => {
    const env = { ...OWN, PORT: '8080', RINGFENCE_DATA_DIR: '../data', JWT_KEYS_FILE: 'keys.json' };
    expect(readStartSettings(env, '/srv/clone')).toMatchObject({
      dataFolder: '/srv/data',
      keysFile: '/srv/clone/keys.json',
      port: 8080,
      portGiven: true,
      database: {
        app: OWN.DATABASE_URL,
        migration: OWN.DATABASE_MIGRATION_URL,
        operator: OWN.DATABASE_OPERATOR_URL,
      },
    });
  });

  it.each(Object.keys(OWN))('name %s when it is the one that is missing', (name) => {
    expect(sentenceFor({ ...OWN, [name]: '' })).toContain(`${name} is missing`);
  });

  it.each([
    [{ PORT: '65536' }, 'PORT must be a whole number from 0 to 65535.'],
    [{ PORT: '-1' }, 'PORT must be'],
    [{ RINGFENCE_MODE: 'prod' }, 'RINGFENCE_MODE must be demo or production.'],
    [{ NODE_ENV: 'production' }, 'Production needs a PostgreSQL of its own'],
    [{ ...OWN, NODE_ENV: 'production' }, 'set JWT_KEYS_FILE'],
    [
      { ...OWN, NODE_ENV: 'production', JWT_KEYS_FILE: 'keys.json' },
      'set RINGFENCE_CONTEXT_KEYS_FILE',
    ],
    [
      {
        ...OWN,
        NODE_ENV: 'production',
        JWT_KEYS_FILE: 'keys.json',
        RINGFENCE_CONTEXT_KEYS_FILE: 'context-keys',
      },
      'set ACCOUNT_KEYS_FILE',
    ],
    [
      {
        ...OWN,
        NODE_ENV: 'production',
        JWT_KEYS_FILE: 'keys.json',
        RINGFENCE_CONTEXT_KEYS_FILE: 'ring.json',
        ACCOUNT_KEYS_FILE: 'accounts.json',
        SMTP_URL: 'smtp://a:secret-f@h',
      },
      'set SMTP_URL, MAIL_FROM, PUBLIC_URL',
    ],
    [{ ...OWN, DATABASE_OPERATOR_URL: OWN.DATABASE_URL }, 'two different logins'],
    [{ ...OWN, DATABASE_URL: 'mysql://a:secret-d@h/d' }, 'DATABASE_URL must be a URL like'],
    [{ ...OWN, DATABASE_MIGRATION_URL: 'secret-e' }, 'DATABASE_MIGRATION_URL must be a URL like'],
  ])('refuse %j in one sentence without a secret', (env, sentence) => {
    const said = sentenceFor(env);
    expect(said).toContain(sentence);
    expect(said).not.toContain('secret-');
  });
});

function sentenceFor(env: Record<string, string | undefined>): string {
  try {
    readStartSettings(env, '/srv/clone');
  } catch (error) {
    expect(error).toMatchObject({ code: 'CONFIGURATION_INVALID' });
    return (error as { detail: string }).detail;
  }
  throw new Error('not refused');
}
