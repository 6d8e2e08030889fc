import pg from 'pg';
import {
  newFrame,
  runInFrame,
  runInTenant,
  type TenantContext,
  tenantContext,
} from 'ringfence/context';
import { TenantPool } from 'ringfence/postgres';
import type { TestDatabase, TestTenant } from 'ringfence/testing';
import { twoTenants } from 'ringfence/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AUDIT_MIGRATIONS } from '../src/database/audited-tables.js';
import { createServerDatabase } from './server-database.fixture.js';

let db: TestDatabase;
let admin: pg.Client;
let pool: TenantPool;
let a: TestTenant;
let b: TestTenant;
beforeAll(async () => {
  db = await createServerDatabase();
  ({ a, b } = await twoTenants(db));
  pool = new TenantPool({ connectionString: db.app, max: 4 });
  admin = new pg.Client({ connectionString: db.admin });
  await admin.connect();
});
afterAll(async () => {
  await Promise.all([pool.end(), admin.end()]);
  await db.drop();
});

interface LogRow {
  action: string;
  object_type: string;
  object_id: string;
  changed: string[];
  details: Record<string, unknown>;
}

const SQL = `SELECT action, object_type, object_id, changed, details
  FROM ringfence.audit_log ORDER BY xact, created_at, object_type, object_id`;

/** What running `fn` in a tenant adds to its log. */
async function loggedBy(tenant: TestTenant, fn: () => Promise<unknown>): Promise<LogRow[]> {
  return runInTenant(tenant.id, async () => {
    const before = (await pool.query(SQL)).rows.length;
    await fn();
    return (await pool.query(SQL)).rows.slice(before);
  });
}

const insert = async (sql: string, ...values: unknown[]): Promise<string> =>
  (await pool.query(`${sql} RETURNING id`, values)).rows[0].id;

describe('a change and its row in the log', () => {
  it.each(
    Object.values(AUDIT_MIGRATIONS)
      .flat()
      .map(({ name }) => name),
  )('are one on %s, for every way of writing it', async (table) => {
    const triggers = await admin.query(
      `SELECT tgname FROM pg_trigger WHERE tgrelid = $1::regclass AND tgenabled = 'O'
           AND tgfoid IN ('ringfence.record_changes'::regproc, 'ringfence.record_truncate'::regproc) ORDER BY 1`,
      [`public.${table}`],
    );
    expect(triggers.rows.map(({ tgname }) => tgname)).toEqual([
      'audit_delete',
      'audit_insert',
      'audit_truncate',
      'audit_update',
    ]);
  });

  it('an insert, an update by column, and a delete', async () => {
    let id = '';
    const rows = await loggedBy(a, async () => {
      id = await insert("INSERT INTO organizations (name) VALUES ('One')");
      await pool.query("UPDATE organizations SET name = 'Two', version = version + 1");
      await pool.query('UPDATE organizations SET version = version + 1, updated_at = now()');
      await pool.query('DELETE FROM organizations');
    });
    const of = { object_type: 'organizations', object_id: id };
    expect(rows).toEqual([
      { ...of, action: 'insert', changed: [], details: { name: [null, 'One'] } },
      { ...of, action: 'update', changed: ['name'], details: { name: ['One', 'Two'] } },
      { ...of, action: 'delete', changed: [], details: { name: ['Two', null] } },
    ]);
  });

  it('a bulk update, one row each, and what cascades from a delete', async () => {
    const rows = await loggedBy(a, async () => {
      const organization = await insert("INSERT INTO organizations (name) VALUES ('Many')");
      await pool.query(
        `INSERT INTO users (email, name, role) SELECT n || '@a.test', 'n', 'member' FROM generate_series(1, 50) n`,
      );
      await pool.query(
        'INSERT INTO memberships (organization_id, user_id) SELECT $1, id FROM users',
        [organization],
      );
      await pool.query("UPDATE users SET name = name || '!' WHERE email LIKE '%@a.test'");
      await pool.query('DELETE FROM organizations');
      await pool.query("DELETE FROM users WHERE email LIKE '%@a.test'");
    });
    const count = (type: string, action: string): number =>
      rows.filter((row) => row.object_type === type && row.action === action).length;
    expect(count('users', 'insert')).toBe(50);
    expect(count('users', 'update')).toBe(50);
    expect(count('users', 'delete')).toBe(50);
    expect(count('memberships', 'insert')).toBe(count('memberships', 'delete'));
    expect(count('memberships', 'delete')).toBeGreaterThanOrEqual(50);
  });

  it('both come or neither: rolled back, upserted, merged', async () => {
    const rows = await loggedBy(a, async () => {
      await pool
        .transaction(async (tx) => {
          await tx.query("INSERT INTO organizations (name) VALUES ('never')");
          throw new Error('no');
        })
        .catch(() => undefined);
      const upsert = `INSERT INTO users (email, name, role) VALUES ('u@a.test', $1, 'member')
        ON CONFLICT (tenant_id, email) DO UPDATE SET name = excluded.name`;
      await pool.query(upsert, ['first']);
      await pool.query(upsert, ['second']);
      await pool.query(`WITH gone AS (DELETE FROM users WHERE email = 'u@a.test' RETURNING name)
        INSERT INTO organizations (name) SELECT name FROM gone`);
      await pool.query('DELETE FROM organizations');
    });
    expect(rows.map(({ action, object_type }) => `${action} ${object_type}`)).toEqual([
      'insert users',
      'update users',
      ...['delete users', 'insert organizations'].sort(
        (one, other) =>
          rows.findIndex((r) => `${r.action} ${r.object_type}` === one) -
          rows.findIndex((r) => `${r.action} ${r.object_type}` === other),
      ),
      'delete organizations',
    ]);
  });

  it('names a password that was changed, and holds neither it nor any other secret', async () => {
    const rows = await loggedBy(a, async () => {
      const id = await insert(
        "INSERT INTO users (email, name, role, password_hash) VALUES ('p@a.test', 'P', 'member', 'sesame')",
      );
      await pool.query("UPDATE users SET password_hash = 'open sesame' WHERE id = $1", [id]);
      await pool.query('DELETE FROM users WHERE id = $1', [id]);
    });
    expect(rows.map(({ changed }) => changed)).toEqual([[], ['password_hash'], []]);
    expect(JSON.stringify(rows)).not.toContain('sesame');
  });

  it('of a session is its coming and its end, and not its use', async () => {
    const rows = await loggedBy(a, async () => {
      const user = await insert(
        "INSERT INTO users (email, name, role) VALUES ('s@a.test', 'S', 'member')",
      );
      await pool.query(
        "INSERT INTO sessions (user_id, expires_at) VALUES ($1, now() + interval '1 day')",
        [user],
      );
      await pool.query("UPDATE sessions SET last_used_at = now() + interval '1 s'");
      await pool.query('UPDATE sessions SET revoked_at = now()');
      await pool.query('DELETE FROM users WHERE id = $1', [user]);
    });
    const sessions = rows.filter(({ object_type }) => object_type === 'sessions');
    expect(sessions.map(({ action }) => action)).toEqual(['insert', 'update', 'delete']);
  });
});

describe('SQL of the application', () => {
  const refused = (sql: string): Promise<string> =>
    runInTenant(a.id, () => pool.query(sql)).then(
      () => 'succeeded',
      ({ code }) => code,
    );

  it('reads what its own tenant did, and nothing of another', async () => {
    await runInTenant(b.id, () =>
      insert("INSERT INTO organizations (name) VALUES ('secret of b')"),
    );
    const mine = await runInTenant(a.id, () => pool.query(SQL));
    const theirs = await runInTenant(b.id, () => pool.query(SQL));
    expect(JSON.stringify(theirs.rows)).toContain('secret of b');
    expect(mine.rows.length).toBeGreaterThan(0);
    expect(JSON.stringify(mine.rows)).not.toContain('secret of b');
  });

  it.each([
    `INSERT INTO ringfence.audit_log (action, object_type, actor_kind) VALUES ('x', 'x', 'user')`,
    'UPDATE ringfence.audit_log SET actor_id = NULL',
    'DELETE FROM ringfence.audit_log',
    'TRUNCATE ringfence.audit_log',
    'SELECT * FROM ringfence.audit_log_other',
    'SELECT * FROM ringfence.audit_seals',
    'SELECT * FROM ringfence.platform_log',
    'SELECT * FROM ringfence.platform_seals',
    'SELECT * FROM ringfence.audit_drops',
    'SELECT ringfence.make_audit_partitions(9)',
    'SELECT ringfence.acting(ringfence.current_tenant_id())',
    'ALTER TABLE organizations DISABLE TRIGGER audit_insert',
    'DROP TRIGGER audit_insert ON organizations',
    "SET session_replication_role = 'replica'",
  ])('may not: %s', async (sql) => {
    expect(await refused(sql)).toBe('42501');
  });

  it('cannot give its own table the trigger', async () => {
    expect(
      await refused(
        'CREATE TRIGGER forged AFTER INSERT ON organizations FOR EACH STATEMENT EXECUTE FUNCTION ringfence.record_changes()',
      ),
    ).toBe('42501');
  });
});

describe('the owner of the tables', () => {
  it.each(['audit_log', 'audit_seals', 'platform_log', 'platform_seals', 'audit_drops'])(
    'is refused to change or empty %s',
    async (table) => {
      for (const [sql, fill] of [
        [`TRUNCATE ringfence.${table}`, ''],
        [`DELETE FROM ringfence.${table}`, 'x'],
        [
          `UPDATE ringfence.${table} SET ${table === 'audit_drops' ? 'statement' : 'id'} = NULL`,
          'x',
        ],
      ] as const) {
        if (fill && !['audit_log', 'platform_log'].includes(table)) continue;
        const outcome = await admin.query(sql).then(
          () => 'succeeded',
          ({ code }) => code,
        );
        expect([sql, outcome]).toEqual([sql, '42501']);
      }
    },
  );

  it('leaves a row in the platform’s log for what it does to a tenant from outside', async () => {
    await admin.query("BEGIN; SET LOCAL application_name TO 'maintenance'");
    const { rows } = await admin.query(
      "INSERT INTO organizations (tenant_id, name) VALUES ($1, 'planted') RETURNING id",
      [a.id],
    );
    await admin.query("UPDATE organizations SET name = 'moved', tenant_id = $2 WHERE id = $1", [
      rows[0].id,
      b.id,
    ]);
    await admin.query('TRUNCATE failed_log_ins, memberships');
    await admin.query('COMMIT');
    const logged = await admin.query(
      `SELECT tenant, action, object_type, actor_kind, actor_id FROM ringfence.platform_log
       WHERE actor_id = 'maintenance' ORDER BY created_at, action`,
    );
    const act = { actor_kind: 'login', actor_id: 'maintenance' };
    expect(logged.rows).toEqual(
      expect.arrayContaining([
        { tenant: a.id, action: 'insert', object_type: 'organizations', ...act },
        { tenant: a.id, action: 'delete', object_type: 'organizations', ...act },
        { tenant: b.id, action: 'insert', object_type: 'organizations', ...act },
        { tenant: null, action: 'truncate', object_type: 'memberships', ...act },
      ]),
    );
  });

  it('and the operator in the directory: who, what, which tenant', async () => {
    const { rows } = await admin.query(
      `SELECT tenant, action, details FROM ringfence.platform_log WHERE object_type = 'tenants' AND tenant = $1`,
      [a.id],
    );
    expect(rows).toEqual([
      {
        tenant: a.id,
        action: 'insert',
        details: expect.objectContaining({ slug: [null, a.slug] }),
      },
    ]);
  });
});

it('writers of one tenant do not wait for each other', async () => {
  const context: TenantContext = tenantContext(a.id, { kind: 'system', reason: 'test' });
  // Each waits inside its transaction, after its change, until the other has changed something too.
  let arrived = 0;
  let open: () => void = () => undefined;
  const both = new Promise<void>((resolve) => {
    open = resolve;
  });
  const write = (name: string): Promise<void> =>
    runInTenant(context, () =>
      pool.transaction(async (tx) => {
        await tx.query('INSERT INTO organizations (name) VALUES ($1)', [name]);
        arrived += 1;
        if (arrived === 2) open();
        await both;
      }),
    );
  await Promise.all([write('left'), write('right')]);
  expect(arrived).toBe(2);
});

describe('who acts', () => {
  const acting = (): Promise<{ rows: Record<string, unknown>[] }> =>
    pool.query(`SELECT actor_kind, actor_id, actor_session, request_id FROM ringfence.audit_log
      ORDER BY created_at DESC, xact DESC LIMIT 1`);
  const user: TenantContext['actor'] = {
    kind: 'user',
    id: '11111111-1111-4111-8111-111111111111',
    sessionId: '22222222-2222-4222-8222-222222222222',
    role: 'owner',
  };

  it('stands in the log as the process signed it, alone, in transactions and in bulk', async () => {
    const attributed = new TenantPool({ connectionString: db.app, max: 1, attribution: true });
    const expected = {
      actor_kind: 'user',
      actor_id: user.id,
      actor_session: user.sessionId,
      request_id: 'the request',
    };
    await runInFrame(newFrame(tenantContext(a.id, user), 'the request'), async () => {
      await attributed.query("INSERT INTO organizations (name) VALUES ('alone')");
      expect((await acting()).rows).toEqual([expected]);
      await attributed.transaction(async (tx) => {
        await tx.query('SELECT name FROM organizations');
        await tx.query('DELETE FROM organizations');
      });
      expect((await acting()).rows).toEqual([expected]);
    });
    // The next one on the same connection is somebody else.
    await runInTenant(tenantContext(a.id, { kind: 'system', reason: 'nightly' }), async () => {
      await attributed.query("INSERT INTO organizations (name) VALUES ('by night')");
      expect((await acting()).rows).toEqual([
        { actor_kind: 'system', actor_id: 'nightly', actor_session: null, request_id: null },
      ]);
    });
    await attributed.end();
  });

  it('cannot be named by SQL of the application, nor taken along into another tenant', async () => {
    const attributed = new TenantPool({ connectionString: db.app, max: 2, attribution: true });
    const claim = (): Promise<{ claim: string; proof: string }> =>
      attributed.transaction(async (tx) => {
        const { rows } = await tx.query<{ claim: string; proof: string }>(
          `SELECT current_setting('app.current_actor') AS claim, current_setting('app.current_actor_proof') AS proof`,
        );
        return rows[0] as { claim: string; proof: string };
      });
    const mine = await runInTenant(tenantContext(b.id, user), claim);
    const write = (said: string, proof: string): Promise<string> =>
      runInTenant(tenantContext(a.id, user), () =>
        attributed.transaction(async (tx) => {
          await tx.query(
            "SELECT set_config('app.current_actor', $1, true), set_config('app.current_actor_proof', $2, true)",
            [said, proof],
          );
          await tx.query("INSERT INTO organizations (name) VALUES ('forged')");
        }),
      ).then(
        () => 'succeeded',
        ({ code }) => code,
      );
    const own = await runInTenant(tenantContext(a.id, user), claim);
    expect(await write(own.claim, own.proof)).toBe('succeeded');
    expect(await write(mine.claim, mine.proof)).toBe('RF003');
    expect(await write(own.claim.replace('1111', '3333'), own.proof)).toBe('RF003');
    expect(await write('{"kind":"operator","id":"x"}', '')).toBe('RF003');
    await attributed.end();
  });

  it('is unknown where nobody said it, and the login stands there all the same', async () => {
    await runInTenant(a.id, async () => {
      await pool.query("INSERT INTO organizations (name) VALUES ('anonymous')");
      const { rows } = await pool.query(
        'SELECT actor_kind, login FROM ringfence.audit_log ORDER BY created_at DESC LIMIT 1',
      );
      expect(rows).toEqual([{ actor_kind: 'unknown', login: new URL(db.app).username }]);
    });
  });
});
