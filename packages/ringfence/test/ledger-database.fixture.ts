import pg from 'pg';
import { auditLogSql, machinerySql, machineryUpdates, tenantTableSql } from '../src/sql/index.js';
import { createTestDatabase, type TestDatabase } from '../src/testing/index.js';

/** The migration of these tests: titles of documents become slugs. */
export const SLUGS = '20261127100000_document_slug';

const SQL = [
  machinerySql(),
  ...machineryUpdates().map(({ sql }) => sql),
  auditLogSql(),
  tenantTableSql({
    name: 'documents',
    columns: [
      { name: 'title', type: 'text NOT NULL' },
      // What the expansion added.
      { name: 'slug', type: 'text' },
    ],
  }),
];

/** A database whose schema is expanded, and its ledger as the owner writes it. */
export interface LedgerDatabase {
  readonly db: TestDatabase;
  /** As the owner role, which the runner works as. */
  owner(sql: string, values?: unknown[]): Promise<Record<string, unknown>[]>;
  /** As the operator, who asks. */
  operator(sql: string, values?: unknown[]): Promise<Record<string, unknown>[]>;
  drop(): Promise<void>;
}

export async function createLedgerDatabase(): Promise<LedgerDatabase> {
  const db = await createTestDatabase({ sql: SQL.join('\n') });
  const owner = new pg.Pool({ connectionString: db.migration, max: 1 });
  const operator = new pg.Pool({ connectionString: db.operator, max: 1 });
  await owner.query('SET ROLE ringfence_owner');
  await owner.query('INSERT INTO ringfence.migrations (name, checksum) VALUES ($1, $2)', [
    SLUGS,
    'checksum',
  ]);
  for (const state of ['linted', 'expanding', 'expanded', 'rolling']) {
    await owner.query('UPDATE ringfence.migrations SET state = $2 WHERE name = $1', [SLUGS, state]);
  }
  return {
    db,
    owner: async (sql, values = []) => (await owner.query(sql, values)).rows,
    operator: async (sql, values = []) => (await operator.query(sql, values)).rows,
    async drop() {
      await Promise.all([owner.end(), operator.end()]);
      await db.drop();
    },
  };
}
