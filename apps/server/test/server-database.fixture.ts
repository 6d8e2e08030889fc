import path from 'node:path';
import { createTestDatabase, type TestDatabase } from 'ringfence/testing';

/** The server's database as its migrations make it, for one test file. */
export function createServerDatabase(): Promise<TestDatabase> {
  return createTestDatabase({
    migrations: path.resolve(import.meta.dirname, '../prisma/migrations'),
  });
}
