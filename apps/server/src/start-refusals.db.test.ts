import { TenantPool } from 'ringfence/postgres';
import type { TestDatabase } from 'ringfence/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { testKeyFiles } from '../test/server-app.fixture.js';
import { createServerDatabase } from '../test/server-database.fixture.js';
import { generateSigningKeys, parseSigningKeys } from './auth/index.js';
import { readConfig } from './config.js';
import { startRefusals } from './start-refusals.js';

let db: TestDatabase;
let keyFiles: Record<string, string>;
beforeAll(async () => {
  db = await createServerDatabase();
  keyFiles = await testKeyFiles();
});
afterAll(() => db?.drop());

async function refusals(url: string, mode = 'demo', demo = true): Promise<string[]> {
  const config = readConfig({
    DATABASE_URL: url,
    ...keyFiles,
    RINGFENCE_MODE: mode,
    SMTP_URL: 'smtp://127.0.0.1:1',
    MAIL_FROM: 'no-reply@example.com',
    PUBLIC_URL: 'https://example.com',
  });
  const pool = new TenantPool({ connectionString: url, max: 1 });
  try {
    return await startRefusals(config, parseSigningKeys(generateSigningKeys({ demo })), pool);
  } finally {
    await pool.end();
  }
}

describe('the server', () => {
  it('starts as the application, in both modes', async () => {
    expect(await refusals(db.app)).toEqual([]);
    expect(await refusals(db.app, 'production', false)).toEqual([]);
  });

  it('refuses demo keys in production', async () => {
    expect(await refusals(db.app, 'production', true)).toEqual([
      'The signing keys in JWT_KEYS_FILE are demo keys, and this is production.',
    ]);
  });

  it('refuses a role that row-level security does not hold', async () => {
    expect((await refusals(db.admin)).join()).toMatch(/is a superuser/);
    expect((await refusals(db.migration)).join()).toMatch(/may become ringfence_owner/);
  });

  it('refuses a database that does not answer, and names no password', async () => {
    const [sentence, ...more] = await refusals('postgresql://app:hunter2@127.0.0.1:1/nothing');
    expect(sentence).toBe('The database of DATABASE_URL cannot be used: ECONNREFUSED.');
    expect(more).toEqual([]);
    const wrong = new URL(db.app);
    wrong.password = 'hunter2';
    const [refused] = await refusals(wrong.href);
    expect(refused).toBe('The database of DATABASE_URL cannot be used: SQLSTATE 28P01.');
  });
});
