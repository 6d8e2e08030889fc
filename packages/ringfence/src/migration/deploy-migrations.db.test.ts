import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { deployMigrations } from './deploy-migrations.js';
import { type ScratchDatabase, scratchDatabase } from './scratch-database.fixture.js';
import { setUpDatabase } from './set-up-database.js';

let scratch: ScratchDatabase;
let folder: string;

beforeEach(async () => {
  scratch = await scratchDatabase('CREATEROLE');
  await setUpDatabase({ url: scratch.ownerUrl, logins: [], prefix: scratch.prefix });
  folder = mkdtempSync(path.join(os.tmpdir(), 'migrations-'));
  migration('1_one', 'CREATE TABLE one (id int); GRANT SELECT ON one TO "ringfence_app";');
  migration('2_two', 'CREATE TABLE two (id int); INSERT INTO two VALUES (1);');
});
afterEach(async () => {
  rmSync(folder, { recursive: true });
  await scratch.drop();
});

function migration(name: string, sql: string): void {
  mkdirSync(path.join(folder, name), { recursive: true });
  writeFileSync(path.join(folder, name, 'migration.sql'), sql);
}

const deploy = () => deployMigrations({ url: scratch.ownerUrl, folder, prefix: scratch.prefix });
const ledger = () =>
  scratch.asAdmin(
    `SELECT migration_name AS name, finished_at IS NOT NULL AS finished, applied_steps_count AS steps
     FROM _prisma_migrations ORDER BY migration_name`,
  );

describe('deployMigrations', () => {
  it('applies each file once, in order, as the owner role, for the prefix given', async () => {
    expect(await deploy()).toEqual({ applied: ['1_one', '2_two'] });
    expect(await deploy()).toEqual({ applied: [] });
    migration('3_three', 'CREATE TABLE three ()');
    expect(await deploy()).toEqual({ applied: ['3_three'] });
    expect(await ledger()).toEqual(
      ['1_one', '2_two', '3_three'].map((name) => ({ name, finished: true, steps: 1 })),
    );
    const [owner] = await scratch.asAdmin(
      `SELECT tableowner AS owner, has_table_privilege('${scratch.prefix}_app', 'one', 'SELECT') AS granted
       FROM pg_tables WHERE tablename = 'one'`,
    );
    expect(owner).toEqual({ owner: `${scratch.prefix}_owner`, granted: true });
  });

  it('keeps nothing of a file that fails, names it, and goes on when it is corrected', async () => {
    migration('2_two', 'CREATE TABLE two (id int); SELECT 1/0;');
    await expect(deploy()).rejects.toThrow(/2_two was not applied: division by zero/);
    expect(await ledger()).toHaveLength(1);
    migration('2_two', 'CREATE TABLE two (id int);');
    expect(await deploy()).toEqual({ applied: ['2_two'] });
  });

  it('refuses a file that was edited after it was applied', async () => {
    await deploy();
    migration('1_one', 'CREATE TABLE another (id int)');
    await expect(deploy()).rejects.toThrow(/1_one was edited/);
  });

  it('refuses a file that ends its own transaction', async () => {
    migration('2_two', 'CREATE TABLE two (id int); COMMIT;');
    await expect(deploy()).rejects.toThrow(/2_two holds COMMIT/);
    expect(await ledger()).toHaveLength(1);
  });

  it('applies each file once when several deploy at the same time', async () => {
    const runs = await Promise.all(Array.from({ length: 4 }, deploy));
    expect(runs.flatMap(({ applied }) => applied)).toEqual(['1_one', '2_two']);
  });

  it('refuses to go on after another tool left a migration half-way', async () => {
    await deploy();
    await scratch.asAdmin(
      "UPDATE _prisma_migrations SET finished_at = NULL WHERE migration_name = '2_two'",
    );
    await expect(deploy()).rejects.toThrow(/2_two was begun and not finished/);
  });

  it('runs a file without a transaction, and again when it did not come to its end', async () => {
    const build = 'CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS two_id ON two (id);';
    migration('2_two', 'CREATE TABLE two (id int); INSERT INTO two VALUES (1), (1);');
    migration('3_index', `-- no-transaction\n${build}`);
    await expect(deploy()).rejects.toThrow(/3_index was not applied: could not create unique/);
    expect((await ledger()).at(-1)).toEqual({ name: '3_index', finished: false, steps: 0 });
    await scratch.asAdmin('DELETE FROM two');
    expect(await deploy()).toEqual({ applied: ['3_index'] });
    expect(await ledger()).toHaveLength(3);
    expect((await ledger()).at(-1)).toEqual({ name: '3_index', finished: true, steps: 1 });
    const valid = await scratch.asAdmin(
      "SELECT indisvalid AS valid FROM pg_index WHERE indexrelid = 'two_id'::regclass",
    );
    expect(valid).toEqual([{ valid: true }]);
  });
});
