import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { createTestDatabase, type TestDatabase } from 'ringfence/testing';

/**
 * The server's database as its migrations make it, for one test file. `RINGFENCE_TEST_EXPANDED_BY` names
 * the folder of a controlled migration whose schema it is expanded by: so this release's tests run on what
 * the next one needs, as they must (see rollout.db.test.ts).
 */
export function createServerDatabase(): Promise<TestDatabase> {
  const folder = process.env.RINGFENCE_TEST_EXPANDED_BY;
  return createTestDatabase({
    migrations: path.resolve(import.meta.dirname, '../prisma/migrations'),
    ...(folder ? { sql: expandedBy(folder) } : {}),
  });
}

function expandedBy(folder: string): string {
  return readdirSync(folder)
    .flatMap((name) => {
      const found = /^expand(?:-(\d+))?\.sql$/.exec(name);
      return found ? [{ name, number: Number(found[1] ?? 1) }] : [];
    })
    .sort((one, other) => one.number - other.number)
    .map(({ name }) => readFileSync(path.join(folder, name), 'utf8'))
    .join('\n')
    .replaceAll('CREATE INDEX CONCURRENTLY', 'CREATE INDEX');
}
