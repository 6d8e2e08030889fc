import { accessPatternsSql, machinerySql, machineryUpdates } from '../sql/index.js';
import { createTestDatabase, type TestDatabase } from '../testing/index.js';

/** A database with the machinery and the tables of access patterns. */
export function createAccessDatabase(): Promise<TestDatabase> {
  const updates = machineryUpdates().map(({ sql }) => sql);
  return createTestDatabase({ sql: [machinerySql(), ...updates, accessPatternsSql()].join('\n') });
}
