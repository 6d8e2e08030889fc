import { machinerySql, machineryUpdates, tenantTableSql } from '../src/sql/index.js';
import { createTestDatabase, type TestDatabase } from '../src/testing/index.js';

const SQL = [
  machinerySql(),
  ...machineryUpdates().map(({ sql }) => sql),
  tenantTableSql({ name: 'folders', columns: [{ name: 'name', type: 'text NOT NULL' }] }),
  tenantTableSql({
    name: 'notes',
    columns: [
      { name: 'folder_id', type: 'uuid NOT NULL', references: { table: 'folders' } },
      { name: 'title', type: 'text NOT NULL' },
      { name: 'body', type: 'text NOT NULL' },
      { name: 'data', type: 'jsonb' },
    ],
  }),
];

/** The smallest database under tenancy: the machinery and two tables that the generator wrote. */
export function createLibraryDatabase(): Promise<TestDatabase> {
  return createTestDatabase({ sql: SQL.join('\n') });
}
