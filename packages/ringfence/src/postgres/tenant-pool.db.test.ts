import { randomUUID } from 'node:crypto';
import pg, { type PoolClient, type QueryResult } from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createLibraryDatabase } from '../../test/library-database.fixture.js';
import { captureFrame, runInTenant, type TenantId } from '../context/index.js';
import { type TestDatabase, twoTenants } from '../testing/index.js';
import { TenantPool } from './tenant-pool.js';

const code = (wanted: string): object => expect.objectContaining({ code: wanted });

let db: TestDatabase;
let a: TenantId;
let b: TenantId;
let pool: TenantPool;

beforeAll(async () => {
  db = await createLibraryDatabase();
});
afterAll(() => db.drop());

beforeEach(async () => {
  const tenants = await twoTenants(db);
  a = tenants.a.id;
  b = tenants.b.id;
  pool = new TenantPool({ connectionString: db.app, max: 1 });
  for (const [tenant, name] of [
    [a, 'of a'],
    [b, 'of b'],
  ] as const) {
    await runInTenant(tenant, () => insert(name));
  }
});
afterEach(() => pool.end());

const insert = (name: string): Promise<unknown> =>
  pool.query('INSERT INTO folders (name) VALUES ($1)', [name]);
const names = async (through: { query: TenantPool['query'] } = pool): Promise<string[]> =>
  (await through.query('SELECT name FROM folders ORDER BY name')).rows.map(
    (row: { name: string }) => row.name,
  );

async function asAdmin(sql: string, values: unknown[] = []): Promise<void> {
  const admin = new pg.Client({ connectionString: db.admin });
  await admin.connect();
  await admin.query(sql, values);
  await admin.end();
}

/** What the pool's connections still carry, read past the seam. */
async function leftOnTheConnection(): Promise<{ tenant: string; status: string | null }> {
  const connect: () => Promise<PoolClient> = pg.Pool.prototype.connect.bind(pool);
  const raw = await connect();
  const { rows } = await raw.query(
    "SELECT coalesce(current_setting('app.current_tenant_id', true), '') AS tenant",
  );
  const status = raw.getTransactionStatus();
  raw.release();
  return { tenant: rows[0].tenant, status };
}

describe('a statement outside a transaction', () => {
  it('sees the rows of its tenant and of no other', async () => {
    expect(await runInTenant(a, () => names())).toEqual(['of a']);
    expect(await runInTenant(b, () => names())).toEqual(['of b']);
  });

  it('is refused without a tenant, before a connection is even opened', async () => {
    const idle = new TenantPool({ connectionString: db.app });
    await expect(idle.query('SELECT 1')).rejects.toThrow(code('TENANT_CONTEXT_MISSING'));
    await expect(idle.connect()).rejects.toThrow(code('TENANT_CONTEXT_MISSING'));
    await expect(idle.transaction(async () => 1)).rejects.toThrow(code('TENANT_CONTEXT_MISSING'));
    expect(idle.totalCount).toBe(0);
    await idle.end();
  });

  it('leaves nothing on the connection, whether it succeeds or fails', async () => {
    await runInTenant(a, () => names());
    expect(await leftOnTheConnection()).toEqual({ tenant: '', status: 'I' });
    await expect(runInTenant(a, () => pool.query('SELECT 1/0'))).rejects.toThrow(/division/);
    expect(await leftOnTheConnection()).toEqual({ tenant: '', status: 'I' });
    await expect(
      runInTenant(a, () => pool.query('SELECT pg_sleep(1)::text, nonsense')),
    ).rejects.toThrow(/nonsense/);
    expect(await leftOnTheConnection()).toEqual({ tenant: '', status: 'I' });
    expect(pool.totalCount).toBe(1);
  });

  it('cannot write, move or reference a row of another tenant', async () => {
    await runInTenant(a, async () => {
      await expect(
        pool.query('INSERT INTO folders (tenant_id, name) VALUES ($1, $2)', [b, 'planted']),
      ).rejects.toThrow(/row-level security policy/);
      await expect(pool.query('UPDATE folders SET tenant_id = $1', [b])).rejects.toThrow(
        /permission denied/,
      );
      expect((await pool.query('UPDATE folders SET name = name')).rowCount).toBe(1);
      expect((await pool.query('DELETE FROM folders WHERE tenant_id = $1', [b])).rowCount).toBe(0);
    });
    const foreign = await runInTenant(b, () => pool.query('SELECT id FROM folders'));
    await expect(
      runInTenant(a, () =>
        pool.query('INSERT INTO notes (folder_id, title, body) VALUES ($1, $2, $3)', [
          foreign.rows[0].id,
          't',
          'b',
        ]),
      ),
    ).rejects.toMatchObject({ code: '23503' });
    expect(await runInTenant(b, () => names())).toEqual(['of b']);
  });

  it('keeps the caller tenant while it waits for a connection', async () => {
    const seen = await Promise.all(
      Array.from({ length: 60 }, (_, at) => runInTenant(at % 2 ? a : b, () => names())),
    );
    seen.forEach((rows, at) => {
      expect(rows).toEqual([at % 2 ? 'of a' : 'of b']);
    });
  });

  it('answers callbacks as node-postgres does, in the context of the caller', async () => {
    const rows = await runInTenant(
      a,
      () =>
        new Promise((resolve, reject) => {
          pool.query(
            'SELECT name FROM folders WHERE name = $1',
            ['of a'],
            (error: Error, result: QueryResult) => (error ? reject(error) : resolve(result.rows)),
          );
        }),
    );
    expect(rows).toEqual([{ name: 'of a' }]);
    const error = await runInTenant(
      a,
      () => new Promise((resolve) => pool.query('nonsense', (failure: Error) => resolve(failure))),
    );
    expect(error).toMatchObject({ code: '42601' });
  });

  it('refuses transaction control and stacked statements', async () => {
    await runInTenant(a, async () => {
      for (const text of [
        'COMMIT',
        'ROLLBACK',
        '/* hidden */ COMMIT',
        'COMMIT AND CHAIN',
        'BEGIN',
      ]) {
        await expect(pool.query(text), text).rejects.toThrow(code('TRANSACTION_CONTROL_REFUSED'));
      }
      await expect(pool.query(`SELECT 1; SELECT * FROM folders`)).rejects.toThrow(
        /multiple commands/,
      );
      expect(await names()).toEqual(['of a']);
    });
    expect(await leftOnTheConnection()).toEqual({ tenant: '', status: 'I' });
  });

  it('refuses a value that cannot be sent, and goes on', async () => {
    const circular: { self?: unknown } = {};
    circular.self = circular;
    await runInTenant(a, async () => {
      await expect(pool.query('SELECT $1::json', [circular])).rejects.toThrow(/circular/);
      expect(await names()).toEqual(['of a']);
    });
  });

  it('is not misled by a session setting that raw SQL of another tenant left behind', async () => {
    await runInTenant(a, () =>
      pool.query("SELECT set_config('app.current_tenant_id', $1, false)", [a]),
    );
    expect(await runInTenant(b, () => names())).toEqual(['of b']);
    expect(await leftOnTheConnection()).toEqual({ tenant: '', status: 'I' });
  });
});

describe('a client from connect()', () => {
  it('binds with BEGIN, behind SET TRANSACTION, and is unbound after COMMIT', async () => {
    await runInTenant(a, async () => {
      const client = await pool.connect();
      await client.query('BEGIN');
      await client.query('SET TRANSACTION ISOLATION LEVEL SERIALIZABLE');
      expect(await names(client)).toEqual(['of a']);
      expect((await client.query('SHOW transaction_isolation')).rows).toEqual([
        { transaction_isolation: 'serializable' },
      ]);
      await client.query('COMMIT');
      client.release();
    });
    expect(await leftOnTheConnection()).toEqual({ tenant: '', status: 'I' });
  });

  it('keeps its binding when a savepoint is rolled back', async () => {
    await runInTenant(a, async () => {
      const client = await pool.connect();
      await client.query('BEGIN');
      await client.query('SAVEPOINT s');
      await expect(client.query('SELECT 1/0')).rejects.toThrow(/division/);
      await client.query('ROLLBACK TO SAVEPOINT s');
      expect(await names(client)).toEqual(['of a']);
      await client.query('COMMIT');
      client.release();
    });
  });

  it('never reports an aborted transaction as committed', async () => {
    await runInTenant(a, async () => {
      const client = await pool.connect();
      await client.query('BEGIN');
      await client.query("INSERT INTO folders (name) VALUES ('lost')");
      await expect(client.query('SELECT 1/0')).rejects.toThrow(/division/);
      await expect(client.query('COMMIT')).rejects.toThrow(code('TRANSACTION_NOT_COMMITTED'));
      client.release();
      expect(await names()).toEqual(['of a']);
    });
  });

  it('is not given back with an open transaction', async () => {
    await runInTenant(a, async () => {
      const client = await pool.connect();
      await client.query('BEGIN');
      await client.query("INSERT INTO folders (name) VALUES ('half')");
      client.release();
      expect(await names()).toEqual(['of a']);
      await expect(client.query('SELECT 1')).rejects.toThrow(code('TRANSACTION_CLOSED'));
    });
    expect(await leftOnTheConnection()).toEqual({ tenant: '', status: 'I' });
  });

  it('belongs to its tenant: no other may use it', async () => {
    const client = await runInTenant(a, () => pool.connect());
    await expect(runInTenant(b, () => client.query('SELECT 1'))).rejects.toThrow(
      code('TENANT_SWITCH_IN_TRANSACTION'),
    );
    await expect((async () => client.query('SELECT 1'))()).rejects.toThrow(
      code('TENANT_CONTEXT_MISSING'),
    );
    client.release();
  });

  it('scopes each statement by itself outside BEGIN', async () => {
    await runInTenant(a, async () => {
      const client = await pool.connect();
      expect(await names(client)).toEqual(['of a']);
      client.release();
    });
  });

  it('has no way to the raw connection', async () => {
    const client = await runInTenant(a, () => pool.connect());
    expect(client.on('notice', () => undefined)).toBe(client);
    expect('connection' in client || 'end' in client).toBe(false);
    client.release();
  });
});

describe('transaction()', () => {
  it('is joined by everything inside, on a pool of one connection', async () => {
    await runInTenant(a, async () => {
      await pool.transaction(async (tx) => {
        await tx.query("INSERT INTO folders (name) VALUES ('one')");
        await insert('two');
        await Promise.all([insert('three'), insert('four')]);
        expect(await names()).toEqual(['four', 'of a', 'one', 'three', 'two']);
        expect(await pool.findTenant('nobody')).toBeUndefined();
      });
      await expect(
        pool.transaction(async () => {
          await insert('undone');
          throw new Error('stop');
        }),
      ).rejects.toThrow('stop');
      expect(await names()).toEqual(['four', 'of a', 'one', 'three', 'two']);
    });
  });

  it('nests as savepoints: the inner one is undone alone, siblings take turns', async () => {
    await runInTenant(a, async () => {
      await pool.transaction(async () => {
        await insert('outer');
        await expect(
          pool.transaction(async () => {
            await insert('inner');
            await pool.query('SELECT 1/0');
          }),
        ).rejects.toThrow(/division/);
        const outcomes = await Promise.allSettled(
          ['x', 'y', 'z'].map((name) =>
            pool.transaction(async () => {
              await insert(name);
              await pool.transaction(() => insert(`${name} deep`));
              if (name === 'y') throw new Error('not y');
            }),
          ),
        );
        expect(outcomes.map((one) => one.status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
      });
      expect(await names()).toEqual(['of a', 'outer', 'x', 'x deep', 'z', 'z deep']);
    });
  });

  it('keeps statements beside a nested transaction out of its savepoint', async () => {
    await runInTenant(a, async () => {
      await pool.transaction(async (tx) => {
        const nested = pool.transaction(async () => {
          await insert('undone');
          await new Promise((resolve) => setTimeout(resolve, 20));
          // Made inside: part of it, whichever client it goes by.
          await tx.query("INSERT INTO folders (name) VALUES ('undone too')");
          await pool.transaction(() => insert('undone as well'));
          throw new Error('undo');
        });
        await new Promise((resolve) => setTimeout(resolve, 10));
        const beside = [
          tx.query("INSERT INTO folders (name) VALUES ('beside 1')"),
          insert('beside 2'),
          pool
            .connect()
            .then((client: PoolClient) =>
              client.query("INSERT INTO folders (name) VALUES ('beside 3')"),
            ),
        ];
        expect((await Promise.allSettled([nested, ...beside])).map(({ status }) => status)).toEqual(
          ['rejected', 'fulfilled', 'fulfilled', 'fulfilled'],
        );
      });
      expect(await names()).toEqual(['beside 1', 'beside 2', 'beside 3', 'of a']);
    });
  });

  it('refuses another tenant inside', async () => {
    await runInTenant(a, () =>
      pool.transaction(async () => {
        for (const nested of ['refuse', 'separate'] as const) {
          await expect(runInTenant(b, () => names(), { nested })).rejects.toThrow(
            code('TENANT_SWITCH_IN_TRANSACTION'),
          );
        }
        expect(await names()).toEqual(['of a']);
      }),
    );
  });

  it('refuses work that outlives it', async () => {
    let late: (() => Promise<unknown>) | undefined;
    await runInTenant(a, async () => {
      await pool.transaction(async () => {
        const inside = captureFrame();
        late = () => inside(() => names());
      });
      await expect(Promise.resolve().then(() => late?.())).rejects.toThrow(
        code('TRANSACTION_CLOSED'),
      );
    });
  });

  it('runs at the isolation level asked for, and refuses one for a savepoint', async () => {
    await runInTenant(a, () =>
      pool.transaction(
        async (tx) => {
          expect((await tx.query('SHOW transaction_isolation')).rows).toEqual([
            { transaction_isolation: 'repeatable read' },
          ]);
          await expect(
            pool.transaction(async () => 1, { isolation: 'serializable' }),
          ).rejects.toThrow(code('TRANSACTION_CONTROL_REFUSED'));
        },
        { isolation: 'repeatable read' },
      ),
    );
  });

  it('reports a constraint that fails at COMMIT, and the connection goes on', async () => {
    await asAdmin('ALTER TABLE notes ALTER CONSTRAINT notes_folder_id_fkey DEFERRABLE');
    await runInTenant(a, async () => {
      await expect(
        pool.transaction(async (tx) => {
          await tx.query('SET CONSTRAINTS ALL DEFERRED');
          await tx.query(
            "INSERT INTO notes (folder_id, title, body) VALUES (gen_random_uuid(), 't', 'b')",
          );
        }),
      ).rejects.toMatchObject({ code: '23503' });
      expect(await names()).toEqual(['of a']);
    });
    expect(pool.totalCount).toBe(1);
  });
});

describe('a connection that is killed', () => {
  const killBackends = (): Promise<void> =>
    asAdmin(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
       WHERE datname = current_database() AND pid <> pg_backend_pid() AND usename = $1`,
      [new URL(db.app).username],
    );

  it('in mid-transaction fails that transaction whole, and the pool recovers', async () => {
    await runInTenant(a, async () => {
      await expect(
        pool.transaction(async (tx) => {
          await tx.query("INSERT INTO folders (name) VALUES ('half')");
          await killBackends();
          await tx.query("INSERT INTO folders (name) VALUES ('other half')");
        }),
      ).rejects.toThrow();
      expect(await names()).toEqual(['of a']);
    });
    expect(await leftOnTheConnection()).toEqual({ tenant: '', status: 'I' });
  });

  it('during a statement, while idle, and between BEGIN and the first statement', async () => {
    await runInTenant(a, async () => {
      const sleeping = pool.query('SELECT pg_sleep(20)');
      const rejected = expect(sleeping).rejects.toThrow();
      await new Promise((resolve) => setTimeout(resolve, 50));
      await killBackends();
      await rejected;
      expect(await names()).toEqual(['of a']);

      await killBackends();
      await new Promise((resolve) => setTimeout(resolve, 50));
      expect(await names()).toEqual(['of a']);

      const client = await pool.connect();
      await client.query('BEGIN');
      await killBackends();
      await expect(client.query('SELECT 1')).rejects.toThrow();
      client.release();
      expect(await names()).toEqual(['of a']);
    });
  });
});

describe('findTenant and ping', () => {
  it('work without a tenant and tell one exact name only', async () => {
    const tenants = await twoTenants(db);
    expect(await pool.findTenant(tenants.a.slug)).toEqual({
      id: tenants.a.id,
      slug: tenants.a.slug,
      state: 'active',
    });
    expect(await pool.findTenant(tenants.a.slug.toUpperCase())).toMatchObject({ id: tenants.a.id });
    for (const name of ['%', '', "' OR true --", `${tenants.a.slug} `, 'a\0b', '_'.repeat(5000)]) {
      expect(await pool.findTenant(name)).toBeUndefined();
    }
    await pool.ping();
  });

  it('finds by id too, and keeps slugs from looking like one', async () => {
    const { a, b } = await twoTenants(db);
    expect(await pool.findTenant(a.id)).toMatchObject({ id: a.id, slug: a.slug });
    expect(await pool.findTenant(b.id.toUpperCase())).toMatchObject({ id: b.id, slug: b.slug });
    for (const name of [randomUUID(), `${a.id}\n`, a.id.replaceAll('-', ''), a.id.slice(0, 35)]) {
      expect(await pool.findTenant(name)).toBeUndefined();
    }
    const admin = new pg.Client({ connectionString: db.admin });
    await admin.connect();
    const disguise = admin.query('UPDATE ringfence.tenants SET slug = $1 WHERE id = $2', [
      a.id,
      b.id,
    ]);
    await expect(disguise).rejects.toMatchObject({ constraint: 'tenants_slug_is_no_id' });
    await admin.end();
  });
});
