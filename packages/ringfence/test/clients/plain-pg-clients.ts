import type { PoolClient, QueryResult } from 'pg';
import type { TenantPool } from '../../src/postgres/index.js';
import type { ContractCase, ContractClient, ContractWork } from './contract-client.js';

type Query = (text: string, values: readonly unknown[]) => Promise<QueryResult>;

/** The contract over anything that takes a text and its values. */
export function workOver(query: Query): ContractWork {
  return {
    add: async (name) =>
      (await query('INSERT INTO folders (name) VALUES ($1) RETURNING id', [name])).rows[0].id,
    names: async () =>
      (await query('SELECT name FROM folders ORDER BY name', [])).rows.map(({ name }) => name),
    rename: async (id, name) =>
      (await query('UPDATE folders SET name = $2 WHERE id = $1', [id, name])).rowCount ?? 0,
    remove: async (id) => (await query('DELETE FROM folders WHERE id = $1', [id])).rowCount ?? 0,
    addFor: (tenantId, name) =>
      query('INSERT INTO folders (tenant_id, name) VALUES ($1, $2)', [tenantId, name]),
    addNote: (folderId) =>
      query("INSERT INTO notes (folder_id, title, body) VALUES ($1, 't', 'b')", [folderId]),
    raw: async (text, value) => (await query(text, [value])).rows,
  };
}

async function onClient<T>(client: PoolClient, fn: () => Promise<T>): Promise<T> {
  try {
    await client.query('BEGIN');
    const result = await fn();
    await client.query('COMMIT');
    return result;
  } catch (error) {
    await client.query('ROLLBACK');
    throw error;
  } finally {
    client.release();
  }
}

const promises: ContractCase = {
  client: 'pg, promises',
  joins: 'by itself',
  open: (pool) => ({
    ...workOver((text, values) => pool.query(text, values)),
    transaction: (fn) =>
      pool.transaction((tx) =>
        fn(workOver((text, values) => tx.query(text, [...values]) as Promise<QueryResult>)),
      ),
  }),
};

const connected: ContractCase = {
  client: 'pg, pool.connect()',
  joins: 'with joinable()',
  open: (pool) => {
    const query: Query = async (text, values) => {
      const client: PoolClient = await pool.connect();
      try {
        return await client.query(text, [...values]);
      } finally {
        client.release();
      }
    };
    return {
      ...workOver(query),
      transaction: (fn) =>
        pool.joinable(async () => {
          const client: PoolClient = await pool.connect();
          return onClient(client, () =>
            fn(workOver((text, values) => client.query(text, [...values]))),
          );
        }),
    };
  },
};

const callbacks: ContractCase = {
  client: 'pg, callbacks',
  joins: 'with joinable()',
  open: (pool) => ({
    ...workOver(byCallback(pool)),
    transaction: (fn) => pool.joinable(() => callbackTransaction(pool, fn)),
  }),
};

function byCallback(client: TenantPool | PoolClient): Query {
  return (text, values) =>
    new Promise((resolve, reject) => {
      client.query(text, [...values], (error: Error | undefined, result: QueryResult) => {
        if (error) reject(error);
        else resolve(result);
      });
    });
}

function callbackTransaction<T>(
  pool: TenantPool,
  fn: ContractClient['transaction'] extends (work: infer Work) => unknown ? Work : never,
): Promise<T> {
  return new Promise((resolve, reject) => {
    pool.connect((error, client, release) => {
      if (error || !client) {
        reject(error);
        return;
      }
      client.query('BEGIN', (begun: Error | undefined) => {
        const work = begun ? Promise.reject(begun) : fn(workOver(byCallback(client)));
        work.then(
          (result) =>
            client.query('COMMIT', (failed: Error | undefined) => {
              release();
              if (failed) reject(failed);
              else resolve(result as T);
            }),
          (reason) =>
            client.query('ROLLBACK', () => {
              release();
              reject(reason);
            }),
        );
      });
    });
  });
}

export const PLAIN_PG_CLIENTS: readonly ContractCase[] = [promises, connected, callbacks];
