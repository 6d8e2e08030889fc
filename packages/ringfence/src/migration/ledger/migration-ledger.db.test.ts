import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseTenantId, runInTenant } from '../../context/index.js';
import { keyringFromEnvironment, OperatorPool, TenantPool } from '../../postgres/index.js';
import {
  CLAIM_TENANTS_STATEMENT,
  MIGRATION_STATES,
  MIGRATION_TRANSITIONS,
  nodeSubject,
  proveContext,
  REPORT_NODE_STATEMENT,
  SWITCHED_MIGRATIONS_STATEMENT,
  TENANT_STATES,
  TENANT_TRANSITIONS,
} from '../../sql/index.js';
import { connectAsOwner } from '../backfill/index.js';
import { type RolloutFixture, rolloutFixture } from '../runner/rollout.fixture.js';
import { MigrationLedger } from './migration-ledger.js';

let fixture: RolloutFixture;
let owner: pg.Client;
let pool: TenantPool;
let a: string;
let b: string;
const name = '20261201090000_slugs';

beforeAll(async () => {
  fixture = await rolloutFixture();
  owner = await connectAsOwner({ url: fixture.db.migration, actor: 'ledger test' });
  pool = new TenantPool({ connectionString: fixture.db.app, max: 2 });
  [a = '', b = ''] = await fixture.tenants(3, 3);
  await fixture.runner().expand();
});
afterAll(async () => {
  await Promise.all([owner.end(), pool.end()]);
  await fixture.drop();
});

/** Runs as the owner and takes everything back. */
async function tried<T>(fn: () => Promise<T>): Promise<T> {
  await owner.query('BEGIN');
  try {
    return await fn();
  } finally {
    await owner.query('ROLLBACK');
  }
}

/** Puts a row into a state that no step leads to. */
async function plant(table: string, state: string): Promise<void> {
  await fixture.admin.query(
    `SET session_replication_role = replica; UPDATE ringfence.${table} SET state = '${state}'; RESET session_replication_role`,
  );
}

describe('the steps that the database allows', () => {
  it('are those of the table, for the owner of the ledger too: migrations', async () => {
    await fixture.admin.query('DELETE FROM ringfence.migration_tenants');
    const allowed: Record<string, string[]> = {};
    for (const from of MIGRATION_STATES) {
      await plant('migrations', from);
      for (const to of MIGRATION_STATES.filter((state) => state !== from)) {
        const step = tried(() => new MigrationLedger(owner).step(name, to));
        const code = await step.then(
          () => 'done',
          (error) => error.code,
        );
        // Refused for another reason, so the step as such is one.
        if (code === 'done' || code === 'CONTRACT_REFUSED')
          allowed[from] = [...(allowed[from] ?? []), to];
        else expect(code).toBe('MIGRATION_STEP_REFUSED');
      }
    }
    const wanted = Object.entries(MIGRATION_TRANSITIONS).filter(([, to]) => to.length > 0);
    expect(Object.entries(allowed).map(([from, to]) => [from, to.sort()])).toEqual(
      wanted.map(([from, to]) => [from, [...to].sort()]),
    );
    await plant('migrations', 'expanded');
  });

  it('are those of the table: tenants', async () => {
    await fixture.admin.query(
      'INSERT INTO ringfence.migration_tenants (migration, tenant) VALUES ($1, $2)',
      [name, a],
    );
    const allowed: Record<string, string[]> = {};
    for (const from of TENANT_STATES) {
      await plant('migration_tenants', from);
      for (const to of TENANT_STATES.filter((state) => state !== from)) {
        const step = tried(() =>
          owner.query('UPDATE ringfence.migration_tenants SET state = $1', [to]),
        );
        const code = await step.then(
          () => 'done',
          (error) => error.code,
        );
        if (code === 'done') allowed[from] = [...(allowed[from] ?? []), to];
        else expect(code).toBe('RF101');
      }
    }
    expect(
      Object.fromEntries(Object.entries(allowed).map(([from, to]) => [from, to.sort()])),
    ).toEqual(
      Object.fromEntries(
        Object.entries(TENANT_TRANSITIONS).map(([from, to]) => [from, [...to].sort()]),
      ),
    );
    await fixture.admin.query('DELETE FROM ringfence.migration_tenants');
  });

  it('let what was halted go on where it was, and nowhere else', async () => {
    await tried(async () => {
      const ledger = new MigrationLedger(owner);
      const ask = (act: 'start' | 'halt' | 'release') =>
        ledger.ask({ act, migration: name, actor: 'ann' });
      await ask('start');
      await ask('halt');
      expect(await ledger.find(name)).toMatchObject({ state: 'halted', stopped: true });
      await owner.query('SAVEPOINT before');
      await expect(ledger.step(name, 'complete')).rejects.toMatchObject({
        code: 'MIGRATION_STEP_REFUSED',
      });
      await owner.query('ROLLBACK TO before');
      await ask('release');
      expect(await ledger.find(name)).toMatchObject({ state: 'rolling', stopped: false });
    });
  });

  it('refuse the contract while a tenant is not switched, or has no place in the ledger at all', async () => {
    await fixture.admin.query(
      "INSERT INTO ringfence.migration_tenants (migration, tenant, state) VALUES ($1, $2, 'switched')",
      [name, a],
    );
    await plant('migrations', 'soaking');
    const step = () => tried(() => new MigrationLedger(owner).step(name, 'contracting'));
    await expect(step()).rejects.toMatchObject({ code: 'CONTRACT_REFUSED' });
    await fixture.admin.query(
      "INSERT INTO ringfence.migration_tenants (migration, tenant, state) VALUES ($1, $2, 'switched')",
      [name, b],
    );
    await step();
    await fixture.admin.query(
      "UPDATE ringfence.migrations SET soak_until = now() + interval '1 hour'",
    );
    await expect(step()).rejects.toMatchObject({ code: 'CONTRACT_REFUSED' });
    await fixture.admin.query('DELETE FROM ringfence.migration_tenants');
    await fixture.admin.query('UPDATE ringfence.migrations SET soak_until = NULL');
    await plant('migrations', 'expanded');
  });

  it('keep what was done, from the owner too', async () => {
    for (const sql of [
      'DELETE FROM ringfence.migration_acts',
      "UPDATE ringfence.migration_acts SET actor = 'nobody'",
      'TRUNCATE ringfence.migration_acts',
    ]) {
      await expect(owner.query(sql)).rejects.toMatchObject({ code: '42501' });
    }
  });
});

describe('a tenant that is made later', () => {
  it('is born switched once the schema is expanded, and pending while it is rolled back', async () => {
    await tried(async () => {
      const born = async (): Promise<string> => {
        const { rows } = await owner.query(
          `INSERT INTO ringfence.tenants (slug, name) VALUES ('t' || substr(md5(random()::text), 1, 9), 'T') RETURNING id`,
        );
        const { rows: states } = await owner.query(
          'SELECT state FROM ringfence.migration_tenants WHERE tenant = $1',
          [rows[0].id],
        );
        return states[0]?.state;
      };
      const ledger = new MigrationLedger(owner);
      expect(await born()).toBe('switched');
      await ledger.ask({ act: 'start', migration: name, actor: 'ann' });
      expect(await born()).toBe('switched');
      await ledger.ask({ act: 'rollback', migration: name, actor: 'ann' });
      expect(await born()).toBe('pending');
      expect((await ledger.status(name))[0]?.tenants).toMatchObject({ reverting: 2, pending: 1 });
    });
  });
});

describe('the application', () => {
  it('reads what the bound tenant is switched to, and nothing of another one', async () => {
    await fixture.admin.query(
      "INSERT INTO ringfence.migration_tenants (migration, tenant, state) VALUES ($1, $2, 'switched'), ($1, $3, 'pending')",
      [name, a, b],
    );
    const switched = (tenant: string): Promise<string[]> =>
      runInTenant(parseTenantId(tenant), async () => {
        const { rows } = await pool.query(SWITCHED_MIGRATIONS_STATEMENT);
        return rows[0].names;
      });
    expect(await switched(a)).toEqual([name]);
    expect(await switched(b)).toEqual([]);
    await fixture.admin.query('DELETE FROM ringfence.migration_tenants');
  });

  it('has no right on any table of the ledger, and may ask for nothing', async () => {
    const app = new pg.Client({ connectionString: fixture.db.app });
    await app.connect();
    try {
      for (const table of [
        'migrations',
        'migration_tenants',
        'migration_acts',
        'migration_nodes',
      ]) {
        await expect(app.query(`SELECT FROM ringfence.${table}`)).rejects.toMatchObject({
          code: '42501',
        });
      }
      await expect(
        new MigrationLedger(app).ask({ act: 'halt', migration: '*', actor: 'eve' }),
      ).rejects.toMatchObject({ code: 'ISOLATION_VIOLATION' });
      await expect(
        app.query(CLAIM_TENANTS_STATEMENT, [name, 'eve', 1, 1, false]),
      ).rejects.toMatchObject({ code: '42501' });
    } finally {
      await app.end();
    }
  });

  it('reports its nodes with a proof, and cannot without', async () => {
    const app = new pg.Client({ connectionString: fixture.db.app });
    await app.connect();
    try {
      const report = {
        node: 'web-1',
        version: '2.4.0',
        requests: 100,
        errors: 1,
        p95Micros: 12_500,
      };
      const values = Object.values(report);
      const expiry = Math.floor(Date.now() / 1000) + 60;
      const proof = proveContext(
        keyringFromEnvironment().signingKey(),
        nodeSubject(report),
        expiry,
      );
      await app.query(REPORT_NODE_STATEMENT, [...values, proof]);
      const { rows } = await owner.query('SELECT node, version FROM ringfence.migration_nodes');
      expect(rows).toEqual([{ node: 'web-1', version: '2.4.0' }]);
      for (const forged of [
        [...values.with(1, '9.9.9'), proof],
        [...values.with(3, 0), proof],
        [...values, 'x.1.y'],
        [...values, null],
      ]) {
        await expect(app.query(REPORT_NODE_STATEMENT, forged)).rejects.toMatchObject({
          code: 'RF003',
        });
      }
    } finally {
      await app.end();
    }
  });
});

describe('the operator', () => {
  it('reads the ledger and asks for acts in somebody’s name, but writes nothing of it', async () => {
    const operator = new OperatorPool({ connectionString: fixture.db.operator, max: 1 });
    try {
      await operator.run('a test', async (client) => {
        const ledger = new MigrationLedger(client);
        const ask = (act: 'request' | 'pause' | 'resume' | 'skip' | 'retry', tenant?: string) =>
          ledger.ask({ act, migration: name, actor: 'ann', ...(tenant ? { tenant } : {}) });
        await ask('request', a);
        expect(await ledger.tenants(name)).toMatchObject([{ tenant: a, state: 'pending' }]);
        await ask('skip', a);
        expect(await ledger.tenants(name)).toMatchObject([
          { state: 'quarantined', errorCode: 'SKIPPED' },
        ]);
        await ask('retry', a);
        expect(await ledger.tenants(name)).toMatchObject([{ state: 'pending', errorCode: null }]);
        await ask('pause');
        expect(await ledger.find(name)).toMatchObject({ state: 'paused' });
        await ask('resume');
        const refused = async (act: () => Promise<unknown>, code: string): Promise<void> => {
          await client.query('SAVEPOINT before');
          await expect(act()).rejects.toMatchObject({ code });
          await client.query('ROLLBACK TO before');
        };
        await refused(
          () => ask('skip', '00000000-0000-4000-8000-000000000000'),
          'MIGRATION_UNKNOWN',
        );
        const acts = await ledger.acts(name);
        expect(acts.filter(({ actor }) => actor === 'ann').map(({ act }) => act)).toEqual(
          expect.arrayContaining(['rolling', 'ask:request', 'ask:skip', 'quarantined', 'paused']),
        );
        for (const sql of [
          "UPDATE ringfence.migrations SET state = 'halted'",
          'DELETE FROM ringfence.migration_control',
          "INSERT INTO ringfence.migration_acts (migration, act, actor) VALUES ('x', 'y', 'z')",
        ]) {
          await refused(() => client.query(sql), '42501');
        }
      });
    } finally {
      await operator.end();
    }
  });
});
