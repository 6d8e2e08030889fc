import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { runInTenant } from '../context/index.js';
import { fromPostgres } from '../errors/index.js';
import { TenantPool } from '../postgres/index.js';
import {
  auditLogSql,
  type CountedTable,
  MEASURE_QUOTAS_STATEMENT,
  machinerySql,
  machineryUpdates,
  measureQuotasSql,
  OWN_QUOTAS_STATEMENT,
  quotasSql,
  quotaTriggersSql,
  RECONCILE_QUOTAS_STATEMENT,
  SET_PLAN_QUOTA_STATEMENT,
  SET_TENANT_PLAN_STATEMENT,
  SET_TENANT_QUOTA_STATEMENT,
  tenantTableSql,
} from '../sql/index.js';
import {
  createTestDatabase,
  type TestDatabase,
  type TestTenant,
  twoTenants,
} from '../testing/index.js';

const COUNTED: readonly CountedTable[] = [
  { name: 'folders', quotas: { folders: '1' } },
  { name: 'papers', quotas: { papers: '1', bytes: 'octet_length("body")' } },
  { name: 'people', quotas: { seats: `CASE WHEN "state" = 'active' THEN 1 ELSE 0 END` } },
  { name: 'pictures', quotas: { bytes: '"size"' } },
];
const SQL = [
  machinerySql(),
  ...machineryUpdates().map(({ sql }) => sql),
  auditLogSql(),
  tenantTableSql({
    name: 'folders',
    columns: [{ name: 'name', type: "text NOT NULL DEFAULT ''" }],
  }),
  tenantTableSql({
    name: 'papers',
    columns: [
      { name: 'body', type: "text NOT NULL DEFAULT ''" },
      { name: 'folder_id', type: 'uuid', references: { table: 'folders', onDelete: 'cascade' } },
      { name: 'code', type: 'text' },
    ],
    unique: [['code']],
  }),
  tenantTableSql({ name: 'people', columns: [{ name: 'state', type: 'text NOT NULL' }] }),
  tenantTableSql({ name: 'pictures', columns: [{ name: 'size', type: 'integer NOT NULL' }] }),
  quotasSql(),
  ...COUNTED.map((table) => quotaTriggersSql(table)),
  measureQuotasSql(COUNTED),
].join('\n');
const CONNECTIONS = 24;

let db: TestDatabase;
let pool: TenantPool;
let operator: pg.Client;
let operating: TenantPool;
let admin: pg.Client;
/** Looks on while others write. */
let watching: pg.Pool;
let a: TestTenant;
let b: TestTenant;
beforeAll(async () => {
  db = await createTestDatabase({ sql: SQL });
  pool = new TenantPool({ connectionString: db.app, max: CONNECTIONS });
  watching = new pg.Pool({ connectionString: db.admin, max: 2 });
  operating = new TenantPool({ connectionString: db.operator, max: 1 });
  [operator, admin] = [db.operator, db.admin].map(
    (connectionString) => new pg.Client({ connectionString }),
  ) as [pg.Client, pg.Client];
  await Promise.all([operator.connect(), admin.connect()]);
});
beforeEach(async () => {
  // Tenants of its own for each test, beside those of all others.
  ({ a, b } = await twoTenants(db));
});
afterAll(async () => {
  await Promise.all([
    pool?.end(),
    watching?.end(),
    operating?.end(),
    operator?.end(),
    admin?.end(),
  ]);
  await db?.drop();
});

const as = (
  tenant: TestTenant,
  sql: string,
  values?: unknown[],
): Promise<pg.QueryResult<Record<string, string>>> =>
  runInTenant(tenant.id, () => pool.query(sql, values));
const operate = (
  tenant: TestTenant,
  sql: string,
): Promise<pg.QueryResult<Record<string, string>>> =>
  runInTenant(tenant.id, () => operating.query(sql));
const allow = (tenant: TestTenant, quota: string, allowed: number | null) =>
  operator.query(SET_TENANT_QUOTA_STATEMENT, [tenant.id, quota, allowed]);
/** `ok`, or the code of the refusal. */
const outcome = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'ok',
    (error) => fromPostgres(error).code,
  );
async function used(tenant: TestTenant): Promise<Record<string, number>> {
  const { rows } = await as(tenant, OWN_QUOTAS_STATEMENT);
  return Object.fromEntries(rows.map(({ quota, used }) => [quota, Number(used)]));
}
/** Counters that say something else than the rows. */
async function drift(tenant: TestTenant): Promise<object[]> {
  const { rows } = await operate(tenant, MEASURE_QUOTAS_STATEMENT);
  expect(rows).toHaveLength(4);
  return rows.filter(({ counted, actual }) => counted !== actual);
}
async function parts(tenant: TestTenant, quota: string): Promise<number> {
  const { rows } = await watching.query<{ n: number }>(
    'SELECT count(*)::integer AS n FROM ringfence.quota_usage WHERE tenant = $1 AND quota = $2',
    [tenant.id, quota],
  );
  return rows[0]?.n ?? 0;
}
const PAPER = "INSERT INTO papers (body) VALUES ('0123456789') RETURNING id";

describe('a quota', () => {
  it('lets exactly so many in of fifty that come together, and says which quota it was', async () => {
    await allow(a, 'papers', 17);
    const outcomes = await Promise.all(Array.from({ length: 50 }, () => outcome(as(a, PAPER))));
    expect(outcomes.filter((one) => one === 'ok')).toHaveLength(17);
    expect(new Set(outcomes)).toEqual(new Set(['ok', 'QUOTA_EXCEEDED']));
    expect((await as(a, 'SELECT FROM papers')).rowCount).toBe(17);
    const refused = await as(a, PAPER).catch(fromPostgres);
    expect(refused).toMatchObject({ status: 409, quota: { name: 'papers', allowed: 17 } });
    expect(await outcome(as(b, PAPER))).toBe('ok');
    expect([await drift(a), await drift(b)]).toEqual([[], []]);
  });

  it.each([
    [40, 1],
    [700, 8],
  ])(
    'is exact too where its counter has to be split and put together: %d',
    async (allowed, split) => {
      await allow(a, 'folders', allowed);
      const many = `INSERT INTO folders (name) SELECT 'x' FROM generate_series(1, 5)`;
      await as(a, many);
      // Two that meet split a counter, where there is plenty of room.
      const first = await runInTenant(a.id, () => pool.connect());
      await runInTenant(a.id, () => first.query('BEGIN'));
      await runInTenant(a.id, () => first.query(many));
      const second = outcome(as(a, many));
      const waits =
        "SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
      await expect.poll(async () => (await watching.query(waits)).rowCount).toBeGreaterThan(0);
      await runInTenant(a.id, () => first.query('COMMIT'));
      first.release();
      expect([await second, await parts(a, 'folders')]).toEqual(['ok', split]);

      const outcomes = await Promise.all(Array.from({ length: 170 }, () => outcome(as(a, many))));
      expect(outcomes.filter((one) => one === 'ok')).toHaveLength(allowed / 5 - 3);
      expect(new Set(outcomes)).toEqual(new Set(['ok', 'QUOTA_EXCEEDED']));
      // At its end it is one row again.
      expect(await parts(a, 'folders')).toBe(1);
      expect(await drift(a)).toEqual([]);
    },
  );

  it('waits for whoever may still roll back, and refuses nothing that then fits', async () => {
    await allow(a, 'papers', 1);
    const client = await runInTenant(a.id, () => pool.connect());
    await runInTenant(a.id, async () => {
      await client.query('BEGIN');
      await client.query(PAPER);
    });
    const waiting = outcome(as(a, PAPER));
    const others = await outcome(as(b, PAPER));
    await runInTenant(a.id, () => client.query('ROLLBACK'));
    client.release();
    expect([others, await waiting]).toEqual(['ok', 'ok']);
    expect(await outcome(as(a, PAPER))).toBe('QUOTA_EXCEEDED');
    expect(await drift(a)).toEqual([]);
  });

  it('counts what is undone by a savepoint, a failed statement or a failed commit as nothing', async () => {
    await runInTenant(a.id, () =>
      pool.transaction(async (tx) => {
        await tx.query(PAPER);
        await tx.query('SAVEPOINT one');
        await tx.query(PAPER);
        await tx.query('ROLLBACK TO SAVEPOINT one');
      }),
    );
    await outcome(as(a, "INSERT INTO papers (body) VALUES ('x'), (NULL)"));
    expect(await used(a)).toMatchObject({ papers: 1, bytes: 10 });
    expect(await drift(a)).toEqual([]);
  });

  it('counts bytes that grow, shrink, move between rows, and go', async () => {
    await allow(a, 'bytes', 100);
    const id = (await as(a, PAPER)).rows[0]?.id;
    const grow = (length: number) =>
      outcome(as(a, 'UPDATE papers SET body = repeat($2, $3) WHERE id = $1', [id, 'x', length]));
    expect([await grow(100), await grow(101), await grow(90)]).toEqual([
      'ok',
      'QUOTA_EXCEEDED',
      'ok',
    ]);
    expect(await outcome(as(a, PAPER))).toBe('ok');
    // What one row gets another gives, in one statement: there is no room and none is needed.
    const swap = 'UPDATE papers SET body = repeat($1, 100 - octet_length(body))';
    expect(await outcome(as(a, swap, ['y']))).toBe('ok');
    // Bytes, not characters; and a picture counts on the same quota.
    expect(await outcome(as(a, "UPDATE papers SET body = repeat('ä', 26)"))).toBe('QUOTA_EXCEEDED');
    expect(await outcome(as(a, 'INSERT INTO pictures (size) VALUES (1)'))).toBe('QUOTA_EXCEEDED');
    await as(a, 'DELETE FROM papers WHERE id = $1', [id]);
    expect(await outcome(as(a, 'INSERT INTO pictures (size) VALUES (10)'))).toBe('ok');
    expect(await outcome(as(a, 'DELETE FROM papers'))).toBe('ok');
    expect(await used(a)).toMatchObject({ papers: 0, bytes: 10 });
    expect(await drift(a)).toEqual([]);
  });

  it('frees a seat with whoever is suspended, and needs one for whoever comes back', async () => {
    await allow(a, 'seats', 2);
    const join = "INSERT INTO people (state) VALUES ('active') RETURNING id";
    const first = (await as(a, join)).rows[0]?.id;
    await as(a, join);
    expect(await outcome(as(a, join))).toBe('QUOTA_EXCEEDED');
    expect(await outcome(as(a, "INSERT INTO people (state) VALUES ('invited')"))).toBe('ok');
    const turn = (state: string) =>
      outcome(as(a, 'UPDATE people SET state = $2 WHERE id = $1', [first, state]));
    expect([await turn('suspended'), await outcome(as(a, join)), await turn('active')]).toEqual([
      'ok',
      'ok',
      'QUOTA_EXCEEDED',
    ]);
    expect(await drift(a)).toEqual([]);
  });

  it('counts what comes by ON CONFLICT, MERGE and cascades, and many rows at once', async () => {
    await allow(a, 'papers', 6);
    const put = `INSERT INTO papers (code, body) SELECT n::text, 'xy' FROM generate_series(1, $1::integer) AS n
      ON CONFLICT (tenant_id, code) DO UPDATE SET body = papers.body || 'z'`;
    expect([await outcome(as(a, put, [3])), await outcome(as(a, put, [3]))]).toEqual(['ok', 'ok']);
    expect(await used(a)).toMatchObject({ papers: 3, bytes: 9 });
    const skip = put.replace(/DO UPDATE.*/, 'DO NOTHING');
    expect(await outcome(as(a, skip, [5]))).toBe('ok');
    const merge = `MERGE INTO papers p USING (VALUES ('1'), ('8')) AS v (code) ON p.code = v.code
      WHEN MATCHED THEN DELETE WHEN NOT MATCHED THEN INSERT (code, body) VALUES (v.code, 'm')`;
    expect(await outcome(as(a, merge))).toBe('ok');
    const folder = (await as(a, 'INSERT INTO folders DEFAULT VALUES RETURNING id')).rows[0]?.id;
    expect(await outcome(as(a, 'INSERT INTO papers (folder_id) VALUES ($1)', [folder]))).toBe('ok');
    expect(await outcome(as(a, PAPER))).toBe('QUOTA_EXCEEDED');
    expect(
      await outcome(as(a, 'INSERT INTO papers (body) SELECT $1 FROM generate_series(1, 7)', ['x'])),
    ).toBe('QUOTA_EXCEEDED');
    await as(a, 'DELETE FROM folders');
    expect(await used(a)).toMatchObject({ papers: 5, folders: 0 });
    expect(await drift(a)).toEqual([]);
  });

  it('says at once that it is full where waiting would help nobody, in serializable transactions too', async () => {
    await allow(a, 'papers', 3);
    const insert = () =>
      outcome(
        runInTenant(a.id, () =>
          pool.transaction((tx) => tx.query(PAPER), { isolation: 'serializable' }),
        ),
      );
    const outcomes = await Promise.all(Array.from({ length: 20 }, insert));
    const inside = outcomes.filter((one) => one === 'ok').length;
    expect(inside).toBeGreaterThan(0);
    expect(new Set([...outcomes, 'SERIALIZATION_FAILURE', 'QUOTA_EXCEEDED'])).toEqual(
      new Set(['ok', 'SERIALIZATION_FAILURE', 'QUOTA_EXCEEDED']),
    );
    for (let n = inside; n < 3; n += 1) expect(await insert()).toBe('ok');
    expect(await insert()).toBe('QUOTA_EXCEEDED');
    expect(await drift(a)).toEqual([]);
  });

  it('comes from the plan, and from the operator for one tenant before that', async () => {
    const own = async (tenant: TestTenant) =>
      (await as(tenant, OWN_QUOTAS_STATEMENT)).rows.find(({ quota }) => quota === 'papers')
        ?.allowed;
    expect(await own(a)).toBeNull();
    for (const [plan, allowed] of [
      ['small', 2],
      ['large', null],
    ]) {
      await operator.query(SET_PLAN_QUOTA_STATEMENT, [plan, 'papers', allowed]);
    }
    await operator.query(SET_TENANT_PLAN_STATEMENT, [a.id, 'small']);
    expect([await own(a), await own(b)]).toEqual(['2', null]);
    for (let n = 0; n < 2; n += 1) await as(a, PAPER);
    expect(await outcome(as(a, PAPER))).toBe('QUOTA_EXCEEDED');
    await operator.query(SET_TENANT_PLAN_STATEMENT, [a.id, 'large']);
    expect(await outcome(as(a, PAPER))).toBe('ok');
    // What is there stays, and goes; more does not come.
    await allow(a, 'papers', 1);
    expect(await own(a)).toBe('1');
    expect(await outcome(as(a, PAPER))).toBe('QUOTA_EXCEEDED');
    expect(await outcome(as(a, "UPDATE papers SET body = 'changed'"))).toBe('ok');
    expect(await outcome(as(a, 'DELETE FROM papers'))).toBe('ok');
    expect(await outcome(as(a, PAPER))).toBe('ok');
    const { rows } = await operator.query(
      `SELECT object_type, action, details FROM ringfence.platform_log
       WHERE tenant = $1 AND object_type ~ '^tenant_(plans|quotas)$' ORDER BY created_at, action`,
      [a.id],
    );
    expect(rows).toMatchObject([
      { object_type: 'tenant_plans', action: 'insert', details: { plan: [null, 'small'] } },
      { object_type: 'tenant_plans', action: 'update', details: { plan: ['small', 'large'] } },
      { object_type: 'tenant_quotas', action: 'insert', details: { allowed: [null, 1] } },
    ]);
  });

  it('keeps its counters true under mixed writers, at every moment', async () => {
    await allow(a, 'papers', 300);
    await allow(a, 'bytes', 40_000);
    let over = false;
    let looks = 0;
    const look = (async () => {
      while (!over) {
        expect(await drift(a)).toEqual([]);
        looks += 1;
      }
    })();
    const work = [
      PAPER,
      "INSERT INTO papers (body) SELECT repeat('x', 200) FROM generate_series(1, 20)",
      'UPDATE papers SET body = body || body WHERE id IN (SELECT id FROM papers LIMIT 5 FOR UPDATE SKIP LOCKED)',
      'DELETE FROM papers WHERE id IN (SELECT id FROM papers LIMIT 15 FOR UPDATE SKIP LOCKED)',
      'INSERT INTO pictures (size) VALUES (500)',
      'DELETE FROM pictures WHERE id IN (SELECT id FROM pictures LIMIT 1 FOR UPDATE SKIP LOCKED)',
    ];
    const outcomes = await Promise.all(
      Array.from({ length: 400 }, (_, n) =>
        n % 10 === 9
          ? outcome(
              runInTenant(a.id, () =>
                pool.transaction(async (tx) => {
                  await tx.query(work[n % 5] as string);
                  throw new Error('rolled back');
                }),
              ),
            )
          : outcome(as(a, work[n % work.length] as string)),
      ),
    );
    over = true;
    await look;
    expect(looks).toBeGreaterThan(3);
    expect(outcomes.filter((one) => one === 'ok').length).toBeGreaterThan(100);
    expect(outcomes.filter((one) => !['ok', 'QUOTA_EXCEEDED', 'INTERNAL'].includes(one))).toEqual(
      [],
    );
  });
});

describe('SQL of the application', () => {
  it.each([
    ['reads what others may', 'SELECT FROM ringfence.tenant_quotas'],
    ['reads what others have', 'SELECT FROM ringfence.quota_usage'],
    ['raises its quota', `INSERT INTO ringfence.tenant_quotas VALUES ('A', 'papers', 1000000)`],
    ['raises its plan', 'UPDATE ringfence.quota_plans SET allowed = NULL'],
    ['changes its plan', "UPDATE ringfence.tenant_plans SET plan = 'large'"],
    ['resets its counters', 'UPDATE ringfence.quota_usage SET used = 0'],
    ['takes its counters away', 'DELETE FROM ringfence.quota_usage'],
    ['counts down', "SELECT ringfence.use_quota('A', 'papers', -100)"],
    ['counts for another', "SELECT ringfence.use_quota('B', 'papers', 100)"],
    ['sets a counter', "SELECT ringfence.add_usage('A', 'papers', -100)"],
    ['holds a counter of another', "SELECT ringfence.lock_usage('B', 'papers')"],
    ['asks what another may', "SELECT ringfence.allowed_quota('B', 'papers')"],
    ['reconciles', 'SELECT ringfence.reconcile_quotas()'],
    ['turns a trigger off', 'ALTER TABLE papers DISABLE TRIGGER quota_insert'],
    ['turns all of them off', "SET LOCAL session_replication_role = 'replica'"],
    ['drops a trigger', 'DROP TRIGGER quota_insert ON papers'],
    [
      'has the trigger of another',
      'CREATE TRIGGER mine AFTER INSERT ON papers EXECUTE FUNCTION ringfence.count_rows_of_papers()',
    ],
    ['empties the table', 'TRUNCATE papers'],
  ])('never %s', async (_what, sql) => {
    await as(a, PAPER);
    const text = sql.replace("'A'", `'${a.id}'`).replace("'B'", `'${b.id}'`);
    await expect(as(a, text)).rejects.toMatchObject({ code: '42501' });
    expect(await used(a)).toMatchObject({ papers: 1 });
  });

  it('sees of quotas only what its own tenant has', async () => {
    await as(a, PAPER);
    await allow(a, 'papers', 5);
    const { rows } = await as(b, OWN_QUOTAS_STATEMENT);
    expect(rows.filter(({ used, allowed }) => used !== '0' || allowed !== null)).toEqual([]);
    const client = new pg.Client({ connectionString: db.app });
    await client.connect();
    expect((await client.query(OWN_QUOTAS_STATEMENT)).rows).toEqual([]);
    await client.end();
  });

  it('cannot count on another tenant by what it inserts', async () => {
    const foreign = "INSERT INTO papers (tenant_id, body) VALUES ($1, 'x')";
    expect(await outcome(as(a, foreign, [b.id]))).toBe('ISOLATION_VIOLATION');
    expect(await used(b)).toMatchObject({ papers: 0 });
  });
});

describe('reconcile_quotas', () => {
  it('sets right what a superuser has put wrong, says so, and leaves other tenants alone', async () => {
    for (const tenant of [a, b]) await as(tenant, PAPER);
    await admin.query('UPDATE ringfence.quota_usage SET used = 7 WHERE tenant = ANY ($1)', [
      [a.id, b.id],
    ]);
    expect(await drift(a)).toEqual([
      { quota: 'bytes', counted: '7', actual: '10' },
      { quota: 'papers', counted: '7', actual: '1' },
    ]);
    const { rows } = await operate(a, RECONCILE_QUOTAS_STATEMENT);
    expect(rows.map(({ quota }) => quota)).toEqual(['bytes', 'papers']);
    expect(await drift(a)).toEqual([]);
    expect(await drift(b)).toHaveLength(2);
    const log = await operator.query(
      "SELECT details FROM ringfence.platform_log WHERE tenant = $1 AND object_type = 'quota_usage'",
      [a.id],
    );
    expect(log.rows).toHaveLength(2);
  });

  it('is right while others write', async () => {
    await admin.query(
      `INSERT INTO ringfence.quota_usage (tenant, quota, part, parts, used)
       SELECT $1, 'papers', n, 8, 1000 FROM generate_series(0, 7) AS n`,
      [a.id],
    );
    const writers = Array.from({ length: 60 }, () => outcome(as(a, PAPER)));
    await operate(a, RECONCILE_QUOTAS_STATEMENT);
    await Promise.all(writers);
    expect(await drift(a)).toEqual([]);
    expect((await used(a)).papers).toBe(60);
  });
});

describe('quotaTriggersSql', () => {
  it('counts what was there before', async () => {
    const late = { name: 'late', quotas: { late: '1', letters: 'octet_length("word")' } };
    const table = tenantTableSql({
      name: 'late',
      columns: [{ name: 'word', type: 'text NOT NULL' }],
    });
    await admin.query(`SET ROLE ringfence_owner; ${table}`);
    for (const tenant of [a, a, b]) await as(tenant, "INSERT INTO late (word) VALUES ('four')");
    await admin.query(`BEGIN; ${quotaTriggersSql(late)}; COMMIT`);
    await admin.query(measureQuotasSql([...COUNTED, late]));
    const forced = "SELECT relforcerowsecurity AS forced FROM pg_class WHERE relname = 'late'";
    expect((await admin.query(forced)).rows).toEqual([{ forced: true }]);
    expect([await used(a), await used(b)]).toMatchObject([
      { late: 2, letters: 8 },
      { late: 1, letters: 4 },
    ]);
    await admin.query(`DROP TABLE late; DELETE FROM ringfence.quota_usage WHERE quota IN ('late', 'letters');
      DELETE FROM ringfence.quotas WHERE name IN ('late', 'letters')`);
    await admin.query(`${measureQuotasSql(COUNTED)}; RESET ROLE`);
  });

  it.each([{}, { Seats: '1' }, { 'a b': '1' }])('refuses the quotas %j', (quotas) => {
    expect(() => quotaTriggersSql({ name: 'papers', quotas })).toThrow(
      expect.objectContaining({ code: 'IDENTIFIER_INVALID' }),
    );
  });
});
