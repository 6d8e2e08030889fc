import { Test } from '@nestjs/testing';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  createLedgerDatabase,
  type LedgerDatabase,
} from '../../../test/ledger-database.fixture.js';
import { TenantPool } from '../../postgres/index.js';
import { MigrationModule } from './migration.module.js';
import { NodeReporter } from './node-reporter.js';

let ledger: LedgerDatabase;
let pool: TenantPool;
let app: pg.Pool;
beforeAll(async () => {
  ledger = await createLedgerDatabase();
  pool = new TenantPool({ connectionString: ledger.db.app, max: 2 });
  app = new pg.Pool({ connectionString: ledger.db.app, max: 1 });
});
afterAll(async () => {
  await Promise.all([pool?.end(), app?.end()]);
  await ledger?.drop();
});
beforeEach(() => ledger.owner('DELETE FROM ringfence.migration_nodes'));

const nodes = () =>
  ledger.operator('SELECT node, version FROM ringfence.migration_nodes ORDER BY node');
const signals = () =>
  ledger.operator(
    'SELECT node, requests::int, errors::int, p95_us::int AS p95 FROM ringfence.migration_signals ORDER BY node, at',
  );

async function startNode(name: string, version: string, everyMs = 600_000) {
  const module = await Test.createTestingModule({
    imports: [
      MigrationModule.forRoot({
        names: [],
        switched: pool,
        node: { name, version, everyMs, report: (report) => pool.reportNode(report) },
      }),
    ],
  }).compile();
  await module.init();
  return { module, reporter: module.get(NodeReporter) };
}

describe('NodeReporter', () => {
  it('says from the start that its node lives, and in which version', async () => {
    const one = await startNode('one', '2.3.0');
    const two = await startNode('two', '2.4.0');
    await vi.waitFor(
      async () =>
        expect(await nodes()).toEqual([
          { node: 'one', version: '2.3.0' },
          { node: 'two', version: '2.4.0' },
        ]),
      { timeout: 10_000 },
    );
    await Promise.all([one.module.close(), two.module.close()]);
  });

  it('tells what it saw since it told it before', async () => {
    const { module, reporter } = await startNode('one', '2.3.0');
    await reporter.send();
    for (let n = 0; n < 40; n += 1) reporter.signals.record(2, n < 2);
    await reporter.send();
    await reporter.send();
    const [, seen, quiet] = await signals();
    expect(seen).toMatchObject({ requests: 40, errors: 2 });
    expect(seen?.p95).toBeGreaterThanOrEqual(2000);
    expect(quiet).toEqual({ node: 'one', requests: 0, errors: 0, p95: 0 });
    await module.close();
  });

  it('goes on when a report fails', async () => {
    const right =
      'EXECUTE ON FUNCTION ringfence.report_node(text, text, bigint, bigint, bigint, text)';
    await ledger.owner(`REVOKE ${right} FROM ringfence_app`);
    const { module, reporter } = await startNode('one', '2.3.0');
    await reporter.send();
    await ledger.owner(`GRANT ${right} TO ringfence_app`);
    expect(await nodes()).toEqual([]);
    await reporter.send();
    expect(await nodes()).toEqual([{ node: 'one', version: '2.3.0' }]);
    await module.close();
  });

  it('refuses a version that no contract could compare', async () => {
    await expect(startNode('one', 'v2')).rejects.toMatchObject({ code: 'CONFIGURATION_INVALID' });
  });
});

describe('SQL of the application', () => {
  const report = (values: readonly unknown[]) =>
    app.query('SELECT ringfence.report_node($1, $2, $3, $4, $5, $6)', [...values]);

  it('cannot speak for a node, make up a version, or use what was signed for another report', async () => {
    await pool.reportNode({ node: 'one', version: '2.3.0', requests: 1, errors: 0, p95Micros: 5 });
    const proof = pool.prove('node-report:one:2.3.0:1:0:5');
    await report(['one', '2.3.0', 1, 0, 5, proof]);
    for (const forged of [
      ['one', '9.9.9', 1, 0, 5, proof],
      ['two', '2.3.0', 1, 0, 5, proof],
      ['one', '2.3.0', 1000, 0, 5, proof],
      ['one', '2.3.0', 1, 0, 5, ''],
      ['one', '2.3.0', 1, 0, 5, null],
      // The same text from other parts.
      ['one:2.3.0', '1', 0, 5, 1, proof],
    ]) {
      await expect(report(forged)).rejects.toMatchObject({ code: 'RF003' });
    }
    expect(await nodes()).toEqual([{ node: 'one', version: '2.3.0' }]);
  });

  it('sees and moves nothing of the ledger', async () => {
    const tables = await ledger.owner(
      "SELECT tablename AS name FROM pg_tables WHERE schemaname = 'ringfence' AND tablename LIKE 'migration%'",
    );
    expect(tables.length).toBeGreaterThan(6);
    for (const { name: table } of tables) {
      for (const sql of [
        `SELECT FROM ringfence.${table}`,
        `DELETE FROM ringfence.${table}`,
        `INSERT INTO ringfence.${table} DEFAULT VALUES`,
        `TRUNCATE ringfence.${table}`,
      ]) {
        await expect(app.query(sql)).rejects.toMatchObject({ code: '42501' });
      }
    }
    await expect(
      app.query("SELECT ringfence.ask_migration('halt', '*', 'me')"),
    ).rejects.toMatchObject({ code: '42501' });
  });

  it('may call nothing of the ledger but the two functions it was given', async () => {
    const { rows } = await app.query(
      `SELECT p.proname AS name FROM pg_proc AS p JOIN pg_namespace AS n ON n.oid = p.pronamespace
       WHERE n.nspname = 'ringfence' AND has_function_privilege(p.oid, 'EXECUTE')
         AND (p.proname ~ 'migration|lease|batch|tenant|node|switched|transition' AND p.proname !~ '^(current|find|register)_tenant|domain')
       ORDER BY 1`,
    );
    expect(rows.map(({ name }) => name)).toEqual(['report_node', 'switched_migrations']);
  });

  it('learns without a tenant of no migration at all', async () => {
    const { rows } = await app.query('SELECT ringfence.switched_migrations() AS names');
    expect(rows).toEqual([{ names: [] }]);
  });
});
