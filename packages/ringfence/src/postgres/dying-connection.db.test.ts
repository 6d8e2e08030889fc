import type { PoolClient } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createLibraryDatabase } from '../../test/library-database.fixture.js';
import { type TestDatabase, type TestTenant, twoTenants, withTenant } from '../testing/index.js';
import { OperatorPool } from './operator-pool.js';
import { TenantPool } from './tenant-pool.js';

let db: TestDatabase;
let a: TestTenant;
beforeAll(async () => {
  db = await createLibraryDatabase();
  ({ a } = await twoTenants(db));
});
afterAll(() => db?.drop());

/**
 * A server that shuts down may say so in the very packet that completes the log-in: node-postgres then
 * raises the event before anybody who awaits the connection has run. Unheard, it ends the process.
 */
function dieBetweenCheckoutAndUse(client: PoolClient): void {
  queueMicrotask(() => client.emit('error', new Error('terminating connection')));
}

describe('a connection that dies between two steps', () => {
  it('does not end the process of a tenant pool', async () => {
    const pool = new TenantPool({ connectionString: db.app, max: 1 });
    try {
      for (let step = 0; step < 3; step += 1) {
        pool.once('acquire', dieBetweenCheckoutAndUse);
        await withTenant(a, () => pool.query('SELECT 1'));
        pool.once('acquire', dieBetweenCheckoutAndUse);
        await pool.ping();
      }
    } finally {
      await pool.end();
    }
  });

  it('does not end the process of an operator pool', async () => {
    const pool = new OperatorPool({ connectionString: db.operator, max: 1 });
    try {
      const dying = pool.run('a test', async (client) => {
        (client as unknown as PoolClient).emit('error', new Error('terminating connection'));
        return client.query('SELECT 1');
      });
      await dying;
      const { rows } = await pool.run('a test', (client) => client.query('SELECT 1 AS one'));
      expect(rows).toEqual([{ one: 1 }]);
    } finally {
      await pool.end();
    }
  });
});
