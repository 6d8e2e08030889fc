import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, expect } from 'vitest';
import { createLibraryDatabase } from '../../test/library-database.fixture.js';
import { main } from '../cli/main.js';
import { runInTenant } from '../context/index.js';
import { TenantPool } from '../postgres/index.js';
import { auditLogSql, auditTriggersSql } from '../sql/index.js';
import { type TestDatabase, type TestTenant, twoTenants } from '../testing/index.js';

/** What `ringfence audit-log verify --json` says. */
export interface Verified {
  code: number;
  found: { kind: string; chain: string; seal: number; row?: string }[];
  unsealed: number;
  unsigned: number;
  signedUntil: string | null;
  rows: number;
  complaints: string[];
}

interface AuditLog {
  db: TestDatabase;
  admin: pg.Client;
  pool: TenantPool;
  folder: string;
  checkpoints: string;
  a: TestTenant;
  b: TestTenant;
}

const UNSEALED = `SELECT (SELECT count(*) FROM ringfence.audit_log AS l WHERE NOT EXISTS (
    SELECT FROM ringfence.audit_seals AS s WHERE s.tenant_id = l.tenant_id AND (s.through_xact, s.through_id) >= (l.xact, l.id)))
  + (SELECT count(*) FROM ringfence.platform_log AS l WHERE NOT EXISTS (
    SELECT FROM ringfence.platform_seals AS s WHERE (s.through_xact, s.through_id) >= (l.xact, l.id))) AS n`;

/** A database with the audit log over the table `folders`, one per test file, and what its tests do with it. */
export function useAuditLog() {
  const log = {} as AuditLog;

  beforeAll(async () => {
    log.db = await createLibraryDatabase();
    log.admin = new pg.Client({ connectionString: log.db.admin });
    await log.admin.connect();
    await log.admin.query(
      `SET ROLE ringfence_owner; ${auditLogSql()} ${auditTriggersSql({ name: 'folders', shown: ['name'] })}; RESET ROLE`,
    );
    log.pool = new TenantPool({ connectionString: log.db.app, max: 3, attribution: true });
    log.folder = mkdtempSync(path.join(os.tmpdir(), 'audit-log-'));
    log.checkpoints = path.join(log.folder, 'checkpoints.jsonl');
  });
  afterAll(async () => {
    rmSync(log.folder, { recursive: true });
    await Promise.all([log.pool.end(), log.admin.end()]);
    await log.db.drop();
  });
  // Every test has two tenants of its own: what one of them broke is broken for good.
  beforeEach(async () => {
    Object.assign(log, await twoTenants(log.db));
  });

  async function run(...args: string[]): Promise<{ code: number; out: string[] }> {
    const out: string[] = [];
    const given = ['--signing-key', path.join(log.folder, 'key.pem')];
    const urls = { DATABASE_SEALER_URL: log.db.sealer, DATABASE_MIGRATION_URL: log.db.migration };
    const code = await main(['audit-log', ...args, ...given], {
      env: { ...process.env, ...urls },
      out: (line) => out.push(line),
    });
    return { code, out };
  }

  const sealOnce = (file = log.checkpoints): Promise<{ code: number; out: string[] }> =>
    run('seal', '--checkpoints', file);

  /** Until all is sealed: other test files write on this server, and their transactions hold the horizon back. */
  async function seal(file = log.checkpoints): Promise<void> {
    for (let attempt = 1; attempt <= 100; attempt += 1) {
      await sealOnce(file);
      if ((await log.admin.query(UNSEALED)).rows[0].n === '0') return;
      await sleep(100);
    }
  }

  async function verify(tenant: TestTenant, ...args: string[]): Promise<Verified> {
    const given = args.length > 0 ? args : ['--checkpoints', log.checkpoints];
    const { code, out } = await run('verify', '--tenant', tenant.id, '--json', ...given);
    return { code, ...JSON.parse(out.at(-1) ?? '{}') };
  }

  /** Without the checkpoints. */
  async function verifyAlone(tenant: TestTenant): Promise<Verified> {
    const { code, out } = await run('verify', '--tenant', tenant.id, '--json');
    return { code, ...JSON.parse(out.at(-1) ?? '{}') };
  }

  async function write(tenant: TestTenant, ...names: string[]): Promise<string[]> {
    const { pool } = log;
    return runInTenant(tenant.id, async () => {
      for (const name of names) await pool.query('INSERT INTO folders (name) VALUES ($1)', [name]);
      const { rows } = await pool.query('SELECT id FROM ringfence.audit_log ORDER BY xact, id');
      return rows.map(({ id }: { id: string }) => id);
    });
  }

  /** A superuser who knows what he is doing: no trigger and no policy is in his way. */
  async function tamper(sql: string, values: unknown[] = []): Promise<number> {
    await log.admin.query("SET session_replication_role = 'replica'");
    try {
      return (await log.admin.query(sql, values)).rowCount ?? 0;
    } finally {
      await log.admin.query('RESET session_replication_role');
    }
  }

  /** Three rows under the first seal of a tenant, two under its second. */
  async function twoSeals(tenant: TestTenant): Promise<string[]> {
    await write(tenant, 'one', 'two', 'three');
    await seal();
    const ids = await write(tenant, 'four', 'five');
    await seal();
    expect(await verify(tenant)).toMatchObject({ code: 0, found: [], unsealed: 0, rows: 5 });
    return ids;
  }

  return { log, run, sealOnce, seal, verify, verifyAlone, write, tamper, twoSeals };
}
