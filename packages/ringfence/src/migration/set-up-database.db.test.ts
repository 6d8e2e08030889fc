import pg from 'pg';
import { afterEach, describe, expect, it } from 'vitest';
import type { RingfenceError } from '../errors/index.js';
import { checkApplicationRole } from '../postgres/index.js';
import { machinerySql, roleNames, tenantTableSql } from '../sql/index.js';
import { type ScratchDatabase, scratchDatabase } from './scratch-database.fixture.js';
import { setUpDatabase } from './set-up-database.js';

let scratch: ScratchDatabase;
afterEach(() => scratch.drop());

const logins = () =>
  [
    { group: 'app', name: `${scratch.prefix}_web`, password: 'pass wörd\'"' },
    { group: 'operator', name: `${scratch.prefix}_console`, password: 'two' },
  ] as const;

async function connected<T>(url: string, fn: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await fn(client);
  } finally {
    await client.end();
  }
}

async function expectSetUp(): Promise<void> {
  const owner = roleNames(scratch.prefix).owner;
  const tables = [
    machinerySql(roleNames(scratch.prefix)),
    tenantTableSql({ name: 'notes', columns: [] }, roleNames(scratch.prefix)),
  ];
  await connected(scratch.ownerUrl, async (client) => {
    await client.query(`SET ROLE ${owner}`);
    await client.query(tables.join('\n'));
  });
  await connected(scratch.url(`${scratch.prefix}_web`, 'pass wörd\'"'), async (client) => {
    expect(await checkApplicationRole(client)).toEqual([]);
    expect((await client.query('SELECT * FROM notes')).rows).toEqual([]);
    await expect(client.query(`SET ROLE ${owner}`)).rejects.toThrow(/permission denied/);
    await expect(client.query('SELECT * FROM ringfence.tenants')).rejects.toThrow(/permission/);
  });
  await connected(scratch.url(`${scratch.prefix}_console`, 'two'), async (client) => {
    expect((await client.query('SELECT * FROM ringfence.tenants')).rows).toEqual([]);
    await expect(client.query('SELECT * FROM notes')).rejects.toThrow(/permission denied/);
  });
}

describe('setUpDatabase', () => {
  it('makes everything as a superuser, and a second time nothing', async () => {
    scratch = await scratchDatabase('');
    const lines: string[] = [];
    const options = {
      url: scratch.adminUrl,
      logins: logins(),
      prefix: scratch.prefix,
      report: (line: string) => lines.push(line),
    };
    await setUpDatabase(options);
    expect(lines).toHaveLength(1);
    await setUpDatabase(options);
    expect(lines).toHaveLength(1);
    const groups = await scratch.asAdmin(
      `SELECT rolname, rolcanlogin FROM pg_roles WHERE rolname = ANY ('{${Object.values(roleNames(scratch.prefix)).join()}}')`,
    );
    expect(groups).toHaveLength(6);
    expect(groups.every(({ rolcanlogin }) => rolcanlogin === false)).toBe(true);
  });

  it('works for the owner of the database with CREATEROLE who is no superuser', async () => {
    scratch = await scratchDatabase('CREATEROLE');
    const options = { url: scratch.ownerUrl, logins: logins(), prefix: scratch.prefix };
    await setUpDatabase(options);
    await setUpDatabase(options);
    await expectSetUp();
  });

  it('prints the SQL when it may not, and goes on once an administrator has run it', async () => {
    scratch = await scratchDatabase('');
    const options = { url: scratch.ownerUrl, logins: logins(), prefix: scratch.prefix };
    const refused = (await setUpDatabase(options).catch((error) => error)) as RingfenceError;
    expect(refused.code).toBe('MIGRATION_FAILED');
    const sql = (refused.detail ?? '').slice((refused.detail ?? '').indexOf('\n'));
    expect(sql).not.toContain('pass wörd');
    await scratch.asAdmin(sql);
    await scratch.asAdmin(
      logins()
        .map(({ name, password }) => `ALTER ROLE ${name} PASSWORD '${password.replace("'", "''")}'`)
        .join(';'),
    );
    await setUpDatabase(options);
    await expectSetUp();
  });

  it('can be run by several at once', async () => {
    scratch = await scratchDatabase('CREATEROLE');
    const options = { url: scratch.ownerUrl, logins: logins(), prefix: scratch.prefix };
    await Promise.all(Array.from({ length: 5 }, () => setUpDatabase(options)));
    await expectSetUp();
  });
});
