import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { createLibraryDatabase } from '../../test/library-database.fixture.js';
import { type TestDatabase, type TestTenant, twoTenants, withTenant } from '../testing/index.js';
import { type ChangeFeed, listenForChanges } from './listen-for-changes.js';
import { OperatorPool } from './operator-pool.js';
import { TenantPool } from './tenant-pool.js';

let db: TestDatabase;
let operator: OperatorPool;
let pool: TenantPool;
let admin: pg.Client;
let a: TestTenant;
let feeds: ChangeFeed[] = [];
beforeAll(async () => {
  db = await createLibraryDatabase();
  operator = new OperatorPool({ connectionString: db.operator, max: 1 });
  pool = new TenantPool({ connectionString: db.app, max: 2 });
  admin = new pg.Client({ connectionString: db.admin });
  await admin.connect();
});
afterAll(async () => {
  await admin.end();
  await pool.end();
  await operator.end();
  await db.drop();
});
beforeEach(async () => {
  ({ a } = await twoTenants(db));
});
afterEach(async () => {
  await Promise.all(feeds.map((feed) => feed.stop()));
  feeds = [];
});

/** A feed that has heard of everything so far, and how often it called since then. */
async function listen(heartbeatMs = 15_000) {
  const onChange = vi.fn();
  const logger = { info: vi.fn(), warn: vi.fn() };
  const feed = listenForChanges({ connectionString: db.app, onChange, logger, heartbeatMs });
  feeds.push(feed);
  await feed.listening;
  await vi.waitFor(() => expect(onChange).toHaveBeenCalledTimes(1));
  onChange.mockClear();
  return { feed, onChange, logger };
}

const backends = async (): Promise<number[]> =>
  (
    await admin.query(
      "SELECT pid FROM pg_stat_activity WHERE application_name = 'ringfence change feed' AND datname = current_database()",
    )
  ).rows.map(({ pid }) => pid);

const update = (set: string): Promise<unknown> =>
  operator.run('change a tenant', (client) =>
    client.query(`UPDATE ringfence.tenants SET ${set} WHERE id = $1`, [a.id]),
  );

/** Announces by hand and waits until that is heard: what came before it has been heard too. */
async function fence(onChange: ReturnType<typeof vi.fn>, already: number): Promise<void> {
  expect(onChange).toHaveBeenCalledTimes(already);
  await admin.query('NOTIFY ringfence_changes');
  await vi.waitFor(() => expect(onChange).toHaveBeenCalledTimes(already + 1));
}

describe('listenForChanges', () => {
  it('tells every node of a suspension after it is committed', async () => {
    const nodes = [await listen(), await listen()];
    await update("state = 'suspended'");
    for (const { onChange } of nodes) await vi.waitFor(() => expect(onChange).toHaveBeenCalled());
  });

  it.each([
    ['a new slug', `slug = 'new-' || substr(md5(random()::text), 1, 10)`],
    ['a new host', `host = substr(md5(random()::text), 1, 10) || '.example'`],
  ])('tells of %s', async (_case, set) => {
    const { onChange } = await listen();
    await update(set);
    await vi.waitFor(() => expect(onChange).toHaveBeenCalled());
  });

  it('tells of tenants and domains that come and go', async () => {
    const { onChange } = await listen();
    const told = async (): Promise<void> => {
      await vi.waitFor(() => expect(onChange).toHaveBeenCalledTimes(1));
      onChange.mockClear();
    };
    await twoTenants(db);
    await told();
    await withTenant(a, () => pool.activateDomain('feed.example'));
    await told();
    await withTenant(a, () => pool.deactivateDomain('feed.example'));
    await told();
    await operator.run('remove a tenant', (client) =>
      client.query('DELETE FROM ringfence.tenants WHERE id = $1', [a.id]),
    );
    await told();
  });

  it('says nothing when nothing that matters has changed, or nothing was committed', async () => {
    const { onChange } = await listen();
    await update("name = 'Another name', state = 'active'");
    await expect(
      operator.run('change my mind', async (client) => {
        await client.query("UPDATE ringfence.tenants SET state = 'suspended' WHERE id = $1", [
          a.id,
        ]);
        throw new Error('no');
      }),
    ).rejects.toThrow('no');
    await fence(onChange, 0);
  });

  it('makes few calls of a storm, which anybody who runs SQL may start', async () => {
    const { onChange } = await listen();
    for (let n = 0; n < 200; n += 1) await admin.query('NOTIFY ringfence_changes');
    await vi.waitFor(() => expect(onChange).toHaveBeenCalled());
    expect(onChange.mock.calls.length).toBeLessThan(100);
  });

  it('carries no word about whom', async () => {
    const heard: pg.Notification[] = [];
    admin.on('notification', (message) => heard.push(message));
    await admin.query('LISTEN ringfence_changes');
    await update("state = 'suspended'");
    await vi.waitFor(() => expect(heard.length).toBeGreaterThan(0));
    await admin.query('UNLISTEN *');
    admin.removeAllListeners('notification');
    expect(heard.map(({ payload }) => payload)).toEqual(heard.map(() => ''));
  });

  it('connects again when its backend is killed, and tells of what it may have missed', async () => {
    const { onChange, logger } = await listen();
    const [killed] = await backends();
    await admin.query('SELECT pg_terminate_backend($1)', [killed]);
    await vi.waitFor(() => expect(onChange).toHaveBeenCalledTimes(1), { timeout: 10_000 });
    expect(logger.warn).toHaveBeenCalledTimes(1);
    expect(await backends()).not.toContain(killed);
    onChange.mockClear();
    await update("state = 'suspended'");
    await vi.waitFor(() => expect(onChange).toHaveBeenCalled());
  });

  it('waits for a database that is not there yet', async () => {
    const nowhere = new URL(db.app);
    nowhere.port = '1';
    const warn = vi.fn();
    const feed = listenForChanges({
      connectionString: nowhere.href,
      onChange: () => undefined,
      logger: { info: vi.fn(), warn },
    });
    feeds.push(feed);
    await vi.waitFor(() => expect(warn.mock.calls.length).toBeGreaterThan(1));
    expect(JSON.stringify(warn.mock.calls)).not.toContain(nowhere.password);
  });

  it('leaves nothing behind when it is stopped', async () => {
    const { feed, onChange } = await listen();
    await feed.stop();
    await vi.waitFor(async () => expect(await backends()).toEqual([]));
    await update("state = 'suspended'");
    const { onChange: other } = await listen();
    await fence(other, 0);
    expect(onChange).not.toHaveBeenCalled();
  });
});
