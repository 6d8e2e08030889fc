import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fromPostgres } from '../../src/errors/index.js';
import { TenantPool } from '../../src/postgres/index.js';
import { fromPrisma } from '../../src/prisma/index.js';
import {
  type TestDatabase,
  type TestTenant,
  twoTenants,
  withTenant,
} from '../../src/testing/index.js';
import { createLibraryDatabase } from '../library-database.fixture.js';
import { libraryPrisma } from '../library-prisma.fixture.js';
import { startWireProxy, type WireProxy } from '../wire-proxy.fixture.js';
import { type FaultyWork, faultyWork, Undo } from './faulty-work.js';

// Backends are ended and sockets are cut at random under mixed transactions of many tenants; then every
// row is counted. `npm run proof:faults` runs the long form.

const TENANTS = 50;
const TRANSACTIONS = process.env.RINGFENCE_LONG ? 10_000 : 2_000;
const AT_ONCE = 30;
/** After so many transactions comes a fault: most work gets through, and some of each kind does not. */
const FAULT_EVERY = 5;

type Report = 'done' | 'undone' | 'failed';

/** What the application was told of one transaction. */
interface Entry {
  readonly mark: string;
  readonly tenant: TestTenant;
  readonly work: FaultyWork;
  readonly report: Report;
}

let db: TestDatabase;
let proxy: WireProxy;
let pool: TenantPool;
let admin: pg.Client;
const tenants: TestTenant[] = [];
const unhandled: unknown[] = [];
const onUnhandled = (reason: unknown): void => {
  unhandled.push(reason);
};

beforeAll(async () => {
  process.on('unhandledRejection', onUnhandled);
  db = await createLibraryDatabase();
  admin = new pg.Client({ connectionString: db.admin });
  await admin.connect();
  proxy = await startWireProxy(db.app);
  pool = new TenantPool({ connectionString: proxy.url, max: 10 });
  while (tenants.length < TENANTS) {
    const { a, b } = await twoTenants(db);
    tenants.push(a, b);
  }
});
afterAll(async () => {
  await pool.end();
  await proxy.close();
  await admin.end();
  await db.drop();
  process.off('unhandledRejection', onUnhandled);
});

describe('killed backends and cut sockets under mixed transactions', () => {
  const entries: Entry[] = [];
  const faults = { ended: 0, cut: 0 };

  it('do not stop the work', { timeout: 600_000 }, async () => {
    const kinds = faultyWork(pool, libraryPrisma(pool).prisma);
    let next = 0;
    const worker = async (): Promise<void> => {
      for (let at = next++; at < TRANSACTIONS; at = next++) {
        const tenant = tenants[at % TENANTS];
        const work = kinds[at % kinds.length];
        if (!tenant || !work) throw new Error('There is no such tenant or work.');
        const mark = `t${at}`;
        entries.push({ mark, tenant, work, report: await attempt(tenant, work, mark) });
        if (entries.length % FAULT_EVERY === 0) await fault();
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, worker));
    expect(entries).toHaveLength(TRANSACTIONS);
    // It would prove nothing if nothing had been hit, or nothing had got through.
    const failed = entries.filter(({ report }) => report === 'failed').length;
    expect(faults.ended).toBeGreaterThan(10);
    expect(faults.cut).toBeGreaterThan(10);
    expect(failed).toBeGreaterThan(20);
    expect(failed).toBeLessThan(TRANSACTIONS / 2);
  });

  it('lose, double, halve and misplace no row', async () => {
    const { rows } = await admin.query<{ mark: string; tenants: string[]; rows: string }>(
      `SELECT mark, array_agg(DISTINCT tenant_id::text) AS tenants,
         string_agg(what, ' ' ORDER BY what) AS rows
       FROM (SELECT name AS mark, tenant_id, 'folder' AS what FROM folders
         UNION ALL SELECT title, tenant_id, 'note' FROM notes) AS written GROUP BY mark`,
    );
    const found = new Map(rows.map((row) => [row.mark, row]));
    const wrong: string[] = [];
    for (const { mark, tenant, work, report } of entries) {
      const row = found.get(mark);
      found.delete(mark);
      const seen = row?.rows ?? 'nothing';
      const allowed = ALLOWED[report];
      const misplaced = row && String(row.tenants) !== tenant.id;
      if (misplaced || !allowed.includes(seen) || (work.leaves === 'none' && row)) {
        wrong.push(`${mark} (${work.kind}) was ${report}, and there is: ${seen}`);
      }
    }
    expect(wrong).toEqual([]);
    expect([...found.keys()]).toEqual([]);
  });

  it('leave each tenant exactly its own rows', async () => {
    for (const tenant of tenants) {
      const { rows } = await admin.query<{ n: number }>(
        'SELECT count(*)::int AS n FROM folders WHERE tenant_id = $1',
        [tenant.id],
      );
      const own = await withTenant(tenant, () => pool.query('SELECT tenant_id FROM folders'));
      expect(own.rows).toHaveLength(rows[0]?.n ?? -1);
      for (const row of own.rows) expect(row.tenant_id).toBe(tenant.id);
    }
  });

  it('leave no rejection unhandled, and no connection in use', () => {
    expect(unhandled).toEqual([]);
    expect(pool.idleCount).toBe(pool.totalCount);
    expect(pool.waitingCount).toBe(0);
  });

  async function fault(): Promise<void> {
    if (Math.random() < 0.4) {
      if (proxy.cutOne()) faults.cut += 1;
      return;
    }
    const { rowCount } = await admin.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
       WHERE datname = current_database() AND usename = $1 ORDER BY random() LIMIT 1`,
      [new URL(db.app).username],
    );
    faults.ended += rowCount ?? 0;
  }
});

/** What may be there after each report: all of it, or nothing. */
const ALLOWED: Readonly<Record<Report, readonly string[]>> = {
  done: ['folder note'],
  undone: ['nothing'],
  failed: ['folder note', 'nothing'],
};

async function attempt(tenant: TestTenant, work: FaultyWork, mark: string): Promise<Report> {
  try {
    await withTenant(tenant, () => work.write(mark));
    return 'done';
  } catch (error) {
    if (error instanceof Undo) return 'undone';
    const { code } = fromPrisma(error) ?? fromPostgres(error);
    // Anything else would be an answer that the application cannot act upon.
    if (code !== 'DATABASE_UNAVAILABLE') throw error;
    return 'failed';
  }
}
