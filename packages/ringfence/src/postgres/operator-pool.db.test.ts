import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createLibraryDatabase } from '../../test/library-database.fixture.js';
import { type TestDatabase, twoTenants } from '../testing/index.js';
import { OperatorPool } from './operator-pool.js';

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

describe('OperatorPool', () => {
  it('says why it acts, and only for the length of the work', async () => {
    const name = "SELECT current_setting('application_name') AS name";
    const during = await operator.run('list tenants', (client) => client.query(name));
    expect(during.rows).toEqual([{ name: 'operator: list tenants' }]);
    const next = await operator.run('x', (client) => client.query(name));
    expect(next.rows).toEqual([{ name: 'operator: x' }]);
    await expect(operator.run(' ', async () => 1)).rejects.toMatchObject({
      code: 'CONFIGURATION_INVALID',
    });
  });

  it('reads the directory and no row of a tenant', async () => {
    const { a } = await twoTenants(db);
    const slugs = await operator.run('list tenants', (client) =>
      client.query('SELECT slug FROM ringfence.tenants WHERE id = $1', [a.id]),
    );
    expect(slugs.rows).toEqual([{ slug: a.slug }]);
    await expect(
      operator.run('peek', (client) => client.query('SELECT * FROM notes')),
    ).rejects.toThrow(/permission denied/);
  });

  it('undoes what fails, and never reports a swallowed failure as done', async () => {
    const { a } = await twoTenants(db);
    const suspend = "UPDATE ringfence.tenants SET state = 'suspended' WHERE id = $1";
    await expect(
      operator.run('suspend', async (client) => {
        await client.query(suspend, [a.id]);
        throw new Error('changed my mind');
      }),
    ).rejects.toThrow('changed my mind');
    await expect(
      operator.run('suspend', async (client) => {
        await client.query(suspend, [a.id]);
        await client.query('SELECT 1/0').catch(() => undefined);
      }),
    ).rejects.toMatchObject({ code: 'TRANSACTION_NOT_COMMITTED' });
    const state = await operator.run('look', (client) =>
      client.query('SELECT state FROM ringfence.tenants WHERE id = $1', [a.id]),
    );
    expect(state.rows).toEqual([{ state: 'active' }]);
  });
});
