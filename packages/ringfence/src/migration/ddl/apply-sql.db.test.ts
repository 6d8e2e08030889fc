import { createHash } from 'node:crypto';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startPgBouncer, WITHOUT_PGBOUNCER } from '../../../test/poolers/pgbouncer.fixture.js';
import { machinerySql, tenantTableSql } from '../../sql/index.js';
import { createTestDatabase, type TestDatabase } from '../../testing/index.js';
import type { SqlFile } from '../folder/index.js';
import type { ApplyEvent, ApplyOptions } from './apply-options.js';
import { applySql } from './apply-sql.js';

let database: TestDatabase;
let client: pg.Client;
let other: pg.Client;
let events: ApplyEvent[];

const connected = async (url: string): Promise<pg.Client> => {
  const made = new pg.Client({ connectionString: url });
  made.on('error', () => undefined);
  await made.connect();
  return made;
};

beforeAll(async () => {
  const notes = tenantTableSql({ name: 'notes', columns: [] });
  database = await createTestDatabase({
    sql: [machinerySql(), notes, 'CREATE TABLE applied (file text)'].join('\n'),
  });
});
afterAll(() => database.drop());
beforeEach(async () => {
  events = [];
  client = await connected(database.migration);
  other = await connected(database.admin);
  await other.query(
    `DROP TABLE IF EXISTS docs; CREATE TABLE docs (id int, body text); TRUNCATE applied;
     ALTER TABLE docs OWNER TO ringfence_owner; INSERT INTO docs SELECT n, 'x' FROM generate_series(1, 50) n`,
  );
});
afterEach(async () => {
  await client.end();
  await other.end();
});

function file(sql: string, more: Partial<SqlFile> = {}): SqlFile {
  const checksum = createHash('sha256').update(sql).digest('hex');
  return {
    file: 'expand.sql',
    sql,
    checksum,
    transaction: !sql.includes('no-transaction'),
    ...more,
  };
}

const apply = (sql: string, options: ApplyOptions = {}, more: Partial<SqlFile> = {}) =>
  applySql(client, file(sql, more), {
    lockTimeoutMs: 50,
    pauseMs: { first: 10, longest: 40 },
    report: (event) => events.push(event),
    record: async (tx) => {
      await tx.query("INSERT INTO applied VALUES ('expand.sql')");
    },
    ...options,
  });

const one = async (sql: string): Promise<unknown> => {
  const { rows } = await other.query<{ value: unknown }>(sql);
  return rows[0]?.value;
};
const recorded = () => one('SELECT count(*)::int AS value FROM applied');
const columns = () =>
  one(
    `SELECT string_agg(attname, ',' ORDER BY attnum) AS value FROM pg_attribute
     WHERE attrelid = 'docs'::regclass AND attnum > 0 AND NOT attisdropped`,
  );
const indexes = () =>
  one(
    `SELECT coalesce(string_agg(indexrelid::regclass || ' ' || indisvalid, ',' ORDER BY 1), '') AS value
     FROM pg_index WHERE indrelid = 'docs'::regclass`,
  );

describe('applySql in a transaction', () => {
  it('applies a file and its row together, as the owner role, within bounds', async () => {
    await apply(
      `ALTER TABLE docs ADD slug text; CREATE TABLE seen AS SELECT current_user::text AS role, name, setting
       FROM pg_settings WHERE name IN ('lock_timeout', 'statement_timeout')`,
      {},
      { statementTimeoutMs: 4321 },
    );
    const { rows } = await other.query('SELECT role, setting FROM seen ORDER BY name');
    expect(rows).toEqual([
      { role: 'ringfence_owner', setting: '50' },
      { role: 'ringfence_owner', setting: '4321' },
    ]);
    await other.query('DROP TABLE seen');
    expect(await columns()).toBe('id,body,slug');
    expect(await recorded()).toBe(1);
    const after = await client.query(
      "SELECT current_user AS role, current_setting('lock_timeout') AS t",
    );
    expect(after.rows).toEqual([{ role: client.user, t: '0' }]);
  });

  it('keeps nothing when a statement, or the row, fails', async () => {
    await expect(apply('ALTER TABLE docs ADD a int; SELECT 1/0')).rejects.toThrow(
      /division by zero/,
    );
    await expect(
      apply('ALTER TABLE docs ADD a int', { record: () => Promise.reject(new Error('no row')) }),
    ).rejects.toThrow(/no row/);
    expect(await columns()).toBe('id,body');
    expect(await recorded()).toBe(0);
  });

  it('does not show values of rows', async () => {
    const failed = apply("UPDATE docs SET id = ('secret-' || id)::int");
    await expect(failed).rejects.toThrow(/expand.sql was not applied/);
    await expect(failed).rejects.not.toThrow(/secret/);
  });

  it('gives way, tries again, and takes the lock once it is free', async () => {
    await other.query('BEGIN; LOCK TABLE docs IN ACCESS SHARE MODE');
    const applying = apply('ALTER TABLE docs ADD slug text', {
      report: (event) => {
        events.push(event);
        if (events.length === 3) void other.query('COMMIT');
      },
    });
    await applying;
    expect(events.map(({ kind }) => kind)).toEqual(['blocked', 'blocked', 'blocked', 'applied']);
    const [first] = events;
    expect(first).toMatchObject({ attempt: 1 });
    const holders = first?.kind === 'blocked' ? first.holders : [];
    expect(holders).toContainEqual(
      expect.objectContaining({ relation: 'docs', mode: 'AccessShareLock' }),
    );
    expect(await columns()).toBe('id,body,slug');
  });

  it('lets readers through between its tries', async () => {
    await other.query('BEGIN; LOCK TABLE docs IN ACCESS SHARE MODE');
    const reader = await connected(database.admin);
    let reads = 0;
    const applying = apply('ALTER TABLE docs ADD slug text', {
      attempts: 6,
      report: (event) => {
        if (event.kind === 'blocked')
          void reader.query('SELECT FROM docs').then(() => (reads += 1));
      },
    });
    await expect(applying).rejects.toThrow(/tried 6 times/);
    await reader.query('SELECT FROM docs');
    expect(reads).toBe(5);
    await reader.end();
    await other.query('ROLLBACK');
  });

  it('ends with an error that names who holds the lock, and never waits without a bound', async () => {
    await other.query('BEGIN; LOCK TABLE docs IN ACCESS SHARE MODE');
    const failed = apply('ALTER TABLE docs ADD slug text', { attempts: 3 });
    await expect(failed).rejects.toMatchObject({ code: 'MIGRATION_BLOCKED' });
    await expect(failed).rejects.toThrow(/process \d+ \(.*\) holds AccessShareLock on docs/);
    await other.query('ROLLBACK');
    for (const option of [
      'lockTimeoutMs',
      'statementTimeoutMs',
      'concurrentTimeoutMs',
      'attempts',
    ]) {
      await expect(apply('SELECT 1', { [option]: 0 })).rejects.toThrow(/whole number from 1/);
    }
  });

  it('ends a statement that takes too long, and does not try it again', async () => {
    await expect(
      apply('ALTER TABLE docs ADD a int; SELECT pg_sleep(20)', { statementTimeoutMs: 100 }),
    ).rejects.toThrow(/statement timeout/);
    expect(events).toEqual([]);
    expect(await columns()).toBe('id,body');
  });

  it('stops at a signal, while it waits and while it runs', async () => {
    await other.query('BEGIN; LOCK TABLE docs IN ACCESS SHARE MODE');
    const waiting = new AbortController();
    await expect(
      apply('ALTER TABLE docs ADD slug text', {
        pauseMs: { first: 60_000, longest: 60_000 },
        signal: waiting.signal,
        report: () => waiting.abort(),
      }),
    ).rejects.toThrow(/was stopped/);
    await other.query('ROLLBACK');

    const running = new AbortController();
    const applying = apply('ALTER TABLE docs ADD a int; SELECT pg_sleep(60)', {
      signal: running.signal,
    });
    await expect
      .poll(() =>
        one("SELECT count(*)::int AS value FROM pg_locks WHERE relation = 'docs'::regclass"),
      )
      .toBeGreaterThan(0);
    running.abort();
    await expect(applying).rejects.toThrow(/was stopped/);
    // Nobody ends the sleeping statement: the server notices that its client is gone.
    await expect
      .poll(
        () => one("SELECT count(*)::int AS value FROM pg_locks WHERE relation = 'docs'::regclass"),
        { timeout: 15_000 },
      )
      .toBe(0);
    expect(await columns()).toBe('id,body');
  });

  it('refuses transaction control before anything is sent', async () => {
    await expect(apply('ALTER TABLE docs ADD a int; COMMIT; SELECT 1')).rejects.toMatchObject({
      code: 'MIGRATION_CONTROL_REFUSED',
    });
    expect(await columns()).toBe('id,body');
  });

  it('says where a concurrent statement belongs', async () => {
    await expect(apply('CREATE INDEX CONCURRENTLY i ON docs (id)')).rejects.toThrow(
      /begins with -- no-transaction/,
    );
  });
});

describe('applySql without a transaction', () => {
  const BUILD = '-- no-transaction\nCREATE INDEX CONCURRENTLY IF NOT EXISTS docs_id ON docs (id)';

  it('builds an index, and again', async () => {
    await apply(BUILD);
    await apply(BUILD);
    expect(await indexes()).toBe('docs_id true');
    expect(await recorded()).toBe(2);
  });

  it('drops what an earlier try left invalid, and builds it anew', async () => {
    await other.query('SET ROLE ringfence_owner');
    await other.query('CREATE INDEX docs_id ON docs (id)');
    await other.query('RESET ROLE');
    await other.query(
      "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'docs_id'::regclass",
    );
    await apply(BUILD);
    expect(await indexes()).toBe('docs_id true');
    expect(events[0]).toEqual({ kind: 'cleaned', file: 'expand.sql', indexes: ['public.docs_id'] });
  });

  it('leaves no invalid unique index when the rows refuse it', async () => {
    await expect(
      apply('-- no-transaction\nCREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS u ON docs (body)'),
    ).rejects.toThrow(/could not create unique index/);
    expect(await indexes()).toBe('');
    expect(await recorded()).toBe(0);
  });

  it('refuses an index of the same name on another table', async () => {
    await other.query('CREATE TABLE elsewhere (id int); CREATE INDEX docs_id ON elsewhere (id)');
    await expect(apply(BUILD)).rejects.toThrow(/stands on another table/);
    await other.query('DROP TABLE elsewhere');
  });

  it('drops what a broken REINDEX left', async () => {
    await apply(BUILD);
    await other.query(
      `SET ROLE ringfence_owner; CREATE INDEX docs_id_ccnew ON docs (id); RESET ROLE;
       UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'docs_id_ccnew'::regclass`,
    );
    await apply('-- no-transaction\nREINDEX INDEX CONCURRENTLY docs_id');
    expect(await indexes()).toBe('docs_id true');
  });
});

describe.skipIf(WITHOUT_PGBOUNCER)(
  `behind PgBouncer${WITHOUT_PGBOUNCER ? ` (${WITHOUT_PGBOUNCER})` : ''}`,
  () => {
    it.each(['transaction', 'session'])('is refused in %s mode', async (mode) => {
      const bouncer = await startPgBouncer(database.migration, { pool_mode: mode });
      const pooled = await connected(bouncer.url);
      try {
        await expect(applySql(pooled, file('ALTER TABLE docs ADD a int'))).rejects.toMatchObject({
          code: 'MIGRATION_CONNECTION_POOLED',
        });
        expect(await columns()).toBe('id,body');
      } finally {
        await pooled.end();
        await bouncer.close();
      }
    });
  },
);
