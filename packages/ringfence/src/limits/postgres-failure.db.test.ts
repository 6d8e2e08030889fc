import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startWireProxy, type WireProxy } from '../../test/wire-proxy.fixture.js';
import { parseTenantId, type TenantId } from '../context/index.js';
import { type EmbeddedServer, startEmbeddedServer } from '../embedded/index.js';
import { isRingfenceError } from '../errors/index.js';
import { TenantPool } from '../postgres/index.js';
import { machinerySql, machineryUpdates } from '../sql/index.js';
import { createTestDatabase, type TestDatabase } from '../testing/index.js';
import { postgresCounters } from './postgres-counters.js';
import { type StoreFailurePolicy, TenantRateLimiter } from './tenant-rate-limiter.js';

const LIMIT = 10;
const STORE_PAUSE_MS = 20;
const PORTION = { requests: LIMIT, seconds: 600 };
const SQL = [machinerySql(), ...machineryUpdates().map(({ sql }) => sql)].join('\n');

let made = 0;
/** A tenant that nobody has asked for yet: its counters are wherever they are asked for first. */
function freshTenant(): TenantId {
  made += 1;
  return parseTenantId(`8c5f4d0e-9b1a-4f66-9a63-${made.toString(16).padStart(12, '0')}`);
}

function limiterOver(
  pool: TenantPool,
  whenStoreFails: StoreFailurePolicy,
  onStoreFailure?: () => void,
) {
  return new TenantRateLimiter({
    rules: { defaultPlan: 'only', plans: { only: { tenant: { sustained: PORTION } } } },
    store: postgresCounters({ pool }),
    whenStoreFails,
    storePauseMs: STORE_PAUSE_MS,
    storeTimeoutMs: 1000,
    ...(onStoreFailure && { onStoreFailure }),
  });
}

async function take(limiter: TenantRateLimiter, tenantId: TenantId): Promise<string> {
  try {
    const decision = await limiter.take({
      tenantId,
      actor: { kind: 'api-key', id: 'k1', role: 'member' },
      route: 'GET /projects',
      routeClass: 'read',
    });
    if (!decision) return 'uncounted';
    return decision.allowed ? 'allowed' : 'refused';
  } catch (error) {
    return isRingfenceError(error) ? error.code : 'broken';
  }
}

/** Asks for many tenants all the time, `during` meanwhile; answers what came back, by kind. */
async function underLoad(
  limiter: TenantRateLimiter,
  during: (seen: ReadonlySet<string>) => Promise<void>,
) {
  const seen = new Set<string>();
  let over = false;
  const askers = Array.from({ length: 8 }, async () => {
    for (let n = 0; !over; n += 1) {
      if (n % LIMIT === 0) seen.add(await take(limiter, freshTenant()));
      await pause(1);
    }
  });
  await during(seen);
  over = true;
  await Promise.all(askers);
  return seen;
}

const poolOf = (connectionString: string) => {
  const patience = { connectionTimeoutMillis: 500, query_timeout: 500 };
  return new TenantPool({ connectionString, max: 2, ...patience });
};
const POLICIES = [
  ['memory', 'allowed'],
  ['open', 'uncounted'],
  ['closed', 'RATE_LIMITER_UNAVAILABLE'],
] as const;

describe('a database that is cut off under load', () => {
  let db: TestDatabase;
  beforeAll(async () => {
    db = await createTestDatabase({ sql: SQL });
  });
  afterAll(() => db?.drop());

  it.each(POLICIES)('%s', async (policy, whileDown) => {
    let proxy: WireProxy = await startWireProxy(db.app);
    const { port } = new URL(proxy.url);
    const pool = poolOf(proxy.url);
    let failures = 0;
    const limiter = limiterOver(pool, policy, () => {
      failures += 1;
    });
    const counted = freshTenant();
    expect(await take(limiter, counted)).toBe('allowed');

    const meanwhile = await underLoad(limiter, async () => {
      await proxy.close();
      while (failures === 0) await pause(5);
    });
    expect([...meanwhile].filter((one) => one !== 'allowed')).toEqual(
      whileDown === 'allowed' ? [] : [whileDown],
    );
    const tenant = freshTenant();
    const down = await Promise.all(Array.from({ length: LIMIT + 5 }, () => take(limiter, tenant)));
    const expected = policy === 'memory' ? ['allowed', 'refused'] : [whileDown];
    expect(new Set(down)).toEqual(new Set(expected));

    proxy = await startWireProxy(db.app, Number(port));
    const back = freshTenant();
    // In memory the answer looks the same: only the database knows that it was asked.
    const known = async () => (await rowsOf(db, back)) > 0;
    while (!(await known())) {
      await take(limiter, back);
      await pause(5);
    }
    const rest = await Promise.all(Array.from({ length: LIMIT + 5 }, () => take(limiter, counted)));
    // The one from before the cut was not forgotten.
    expect(rest.filter((one) => one === 'allowed')).toHaveLength(LIMIT - 1);
    await pool.end();
    await proxy.close();
  });

  async function rowsOf(database: TestDatabase, tenant: TenantId): Promise<number> {
    const admin = new (await import('pg')).default.Client({ connectionString: database.admin });
    await admin.connect();
    const { rowCount } = await admin.query(
      'SELECT FROM ringfence.rate_limit_counters WHERE tenant_id = $1',
      [tenant],
    );
    await admin.end();
    return rowCount ?? 0;
  }
});

describe('a PostgreSQL of its own that is stopped and started under load', () => {
  let folder: string;
  let server: EmbeddedServer;
  beforeAll(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'limits-postgres-'));
    server = await startEmbeddedServer({ folder, durable: true });
  });
  afterAll(async () => {
    await server?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  it('is counted in again when it is back', async () => {
    const db = await createTestDatabase({ sql: SQL, adminUrl: server.adminUrl });
    const { port } = new URL(db.app);
    const pool = poolOf(db.app);
    const limiter = limiterOver(pool, 'closed');
    const seen = await underLoad(limiter, async (meanwhile) => {
      while (!meanwhile.has('allowed')) await pause(5);
      await server.stop();
      while (!meanwhile.has('RATE_LIMITER_UNAVAILABLE')) await pause(5);
    });
    expect([...seen].sort()).toEqual(['RATE_LIMITER_UNAVAILABLE', 'allowed']);
    server = await startEmbeddedServer({ folder, durable: true });
    // The same port is chosen again while it is free.
    expect(String(server.port)).toBe(port);
    const after = await underLoad(limiter, async (meanwhile) => {
      while (!meanwhile.has('allowed')) await pause(5);
    });
    expect(after).toContain('allowed');
    await pool.end();
  });
});
