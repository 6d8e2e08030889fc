import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createLibraryDatabase } from '../../test/library-database.fixture.js';
import { listenForChanges, OperatorPool, TenantPool } from '../postgres/index.js';
import { type TestDatabase, twoTenants } from '../testing/index.js';
import { TenantDirectoryCache } from './tenant-directory-cache.js';

let db: TestDatabase;
let operator: OperatorPool;
beforeAll(async () => {
  db = await createLibraryDatabase();
  operator = new OperatorPool({ connectionString: db.operator, max: 1 });
});
afterAll(async () => {
  await operator.end();
  await db.drop();
});

const suspend = (id: string): Promise<unknown> =>
  operator.run('suspend', (client) =>
    client.query("UPDATE ringfence.tenants SET state = 'suspended' WHERE id = $1", [id]),
  );

/** A node whose clock stands still: by time alone it forgets nothing. */
function node(feed: boolean) {
  let time = 0;
  const pool = new TenantPool({ connectionString: db.app, max: 1 });
  const cache = new TenantDirectoryCache(pool, { now: () => time });
  const changes = feed
    ? listenForChanges({ connectionString: db.app, onChange: () => cache.clear() })
    : undefined;
  return {
    cache,
    listening: changes?.listening,
    pass: (milliseconds: number) => {
      time += milliseconds;
    },
    stop: () => Promise.all([changes?.stop(), pool.end()]),
  };
}

describe('the directory of two nodes', () => {
  it('knows a suspension on both, by the feed', async () => {
    const { a } = await twoTenants(db);
    const nodes = [node(true), node(true)];
    for (const { cache, listening } of nodes) {
      await listening;
      expect(await cache.findTenant(a.slug)).toMatchObject({ state: 'active' });
    }
    await suspend(a.id);
    for (const { cache } of nodes) {
      await vi.waitFor(async () =>
        expect(await cache.findTenant(a.slug)).toMatchObject({ state: 'suspended' }),
      );
    }
    await Promise.all(nodes.map((each) => each.stop()));
  });

  it('knows it without a feed as well, three seconds later', async () => {
    const { a } = await twoTenants(db);
    const { cache, pass, stop } = node(false);
    expect(await cache.findTenant(a.slug)).toMatchObject({ state: 'active' });
    await suspend(a.id);
    pass(2999);
    expect(await cache.findTenant(a.slug)).toMatchObject({ state: 'active' });
    pass(1);
    expect(await cache.findTenant(a.slug)).toMatchObject({ state: 'suspended' });
    await stop();
  });
});
