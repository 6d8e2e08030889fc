import { parseTenantId, runInTenant, type TenantId, tenantContext } from 'ringfence/context';
import { RingfenceError } from 'ringfence/errors';
import { OperatorPool, TenantPool } from 'ringfence/postgres';
import type { Queryable } from 'ringfence/sql';
import { DEMO_PASSWORD, hashPassword } from '../auth/index.js';
import { DEMO_TENANTS, type DemoTenant } from './demo-people.js';
import type { Report } from './step.js';

/** The two logins that seeding needs: the directory is the operator's, rows are the application's. */
export interface SeedLogins {
  readonly app: string;
  readonly operator: string;
}

/**
 * Puts the demo tenants, their people and their data in, as far as they are missing. What is inside a
 * tenant goes in whole or not at all, so people in it mean that it is complete, whatever was changed
 * or deleted since.
 *
 * @throws RingfenceError `START_FAILED` on a database whose tenants are not the demo's: people with a
 *   well-known password do not belong there.
 * @example
 * await seed({ app: connections.app, operator: connections.operator });
 */
export async function seed(logins: SeedLogins, report: Report = () => undefined): Promise<void> {
  const operator = new OperatorPool({ connectionString: logins.operator, max: 1 });
  const pool = new TenantPool({ connectionString: logins.app, max: 1, attribution: true });
  try {
    const ids = await operator.run('demo tenants', (db) => addTenants(db));
    for (const [index, tenant] of DEMO_TENANTS.entries()) {
      const id = ids[index];
      if (id) await fillTenant(pool, id, tenant, report);
    }
  } finally {
    await Promise.all([pool.end(), operator.end()]);
  }
}

async function addTenants(db: Queryable): Promise<TenantId[]> {
  const { rows: others } = await db.query<{ demo: boolean }>(
    'SELECT DISTINCT demo FROM ringfence.tenants ORDER BY demo DESC',
  );
  if (others.length > 0 && !others[0]?.demo) throw notTheDemos();
  const ids: TenantId[] = [];
  for (const { slug, name } of DEMO_TENANTS) {
    await db.query(
      'INSERT INTO ringfence.tenants (slug, name, demo) VALUES ($1, $2, true) ON CONFLICT DO NOTHING',
      [slug, name],
    );
    const { rows } = await db.query<{ id: string; demo: boolean }>(
      'SELECT id, demo FROM ringfence.tenants WHERE slug = $1',
      [slug],
    );
    if (!rows[0]?.demo) throw notTheDemos();
    ids.push(parseTenantId(rows[0].id));
  }
  return ids;
}

function notTheDemos(): RingfenceError {
  return new RingfenceError('START_FAILED', {
    detail:
      'This database holds tenants that are not the demo’s: start on another one, or with NODE_ENV=production.',
  });
}

async function fillTenant(
  pool: TenantPool,
  id: TenantId,
  tenant: DemoTenant,
  report: Report,
): Promise<void> {
  const context = tenantContext(id, { kind: 'system', reason: 'demo data' });
  await runInTenant(context, async () => {
    if ((await pool.query('SELECT FROM users LIMIT 1')).rowCount) return;
    // Before the transaction: hashing takes a while, on purpose.
    const hashes = await Promise.all(tenant.people.map(() => hashPassword(DEMO_PASSWORD)));
    await pool.transaction(async (db) => {
      const add = async (sql: string, ...values: unknown[]): Promise<string> => {
        const { rows } = await db.query<{ id: string }>(`${sql} RETURNING id`, values);
        return rows[0]?.id ?? '';
      };
      const users: string[] = [];
      for (const [index, { email, name, role }] of tenant.people.entries()) {
        const sql =
          'INSERT INTO users (email, name, role, password_hash, email_verified_at) VALUES ($1, $2, $3, $4, now())';
        users.push(await add(sql, email, name, role, hashes[index]));
      }
      for (const [organization, projects] of Object.entries(tenant.organizations)) {
        const organizationId = await add(
          'INSERT INTO organizations (name) VALUES ($1)',
          organization,
        );
        for (const userId of users) {
          const sql = 'INSERT INTO memberships (organization_id, user_id) VALUES ($1, $2)';
          await add(sql, organizationId, userId);
        }
        for (const [project, documents] of Object.entries(projects)) {
          const sql = 'INSERT INTO projects (organization_id, name) VALUES ($1, $2)';
          const projectId = await add(sql, organizationId, project);
          for (const [title, body] of documents) {
            const into = 'INSERT INTO documents (project_id, title, body) VALUES ($1, $2, $3)';
            await add(into, projectId, title, body);
          }
        }
      }
    });
    report(`${tenant.slug}: ${tenant.people.length} people and their documents`);
  });
}
