import { randomBytes } from 'node:crypto';
import { parseTenantId, type TenantId } from '../context/index.js';
import { OperatorPool } from '../postgres/index.js';
import type { TestDatabase } from './test-database.js';

/** A tenant of the directory. */
export interface TestTenant {
  readonly id: TenantId;
  readonly slug: string;
}

/**
 * Puts two fresh tenants into the directory of a test database.
 *
 * @example
 * const { a, b } = await twoTenants(db);
 * await withTenant(a, () => pool.query("INSERT INTO notes (title) VALUES ('of a')"));
 */
export async function twoTenants(db: TestDatabase): Promise<{ a: TestTenant; b: TestTenant }> {
  const operator = new OperatorPool({ connectionString: db.operator, max: 1 });
  try {
    return await operator.run('two tenants for a test', async (client) => {
      const add = async (letter: string): Promise<TestTenant> => {
        const slug = `${letter}-${randomBytes(5).toString('hex')}`;
        const { rows } = await client.query<{ id: string }>(
          'INSERT INTO ringfence.tenants (slug, name) VALUES ($1, $2) RETURNING id',
          [slug, `Tenant ${letter.toUpperCase()}`],
        );
        return { id: parseTenantId(rows[0]?.id), slug };
      };
      return { a: await add('a'), b: await add('b') };
    });
  } finally {
    await operator.end();
  }
}
