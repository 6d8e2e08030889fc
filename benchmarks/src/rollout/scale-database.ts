import pg from 'pg';
import { machinerySql, machineryUpdates, tenantTableSql } from 'ringfence/sql';
import { createTestDatabase, type TestDatabase } from 'ringfence/testing';
import type { TenantShare } from '../dataset.js';

const COLUMNS = [
  { name: 'title', type: 'text NOT NULL' },
  { name: 'body', type: 'text NOT NULL' },
  { name: 'writes', type: 'integer NOT NULL DEFAULT 0' },
];

/** Two tables of the same rows: one for the migration, one for the plain UPDATE beside it. */
export async function scaleDatabase(
  adminUrl: string,
  shares: readonly TenantShare[],
): Promise<TestDatabase> {
  const database = await createTestDatabase({
    adminUrl,
    sql: [
      machinerySql(),
      ...machineryUpdates().map(({ sql }) => sql),
      tenantTableSql({ name: 'documents', columns: COLUMNS }),
      tenantTableSql({ name: 'plain', columns: COLUMNS }),
    ].join('\n'),
  });
  const admin = new pg.Client({ connectionString: database.admin });
  await admin.connect();
  try {
    await admin.query(
      `INSERT INTO ringfence.tenants (id, slug, name)
       SELECT id, 't' || n, 'T' FROM unnest($1::uuid[]) WITH ORDINALITY AS t (id, n)`,
      [shares.map(({ id }) => id)],
    );
    for (const table of ['documents', 'plain']) {
      // In no order of tenants, as rows come to a table over the years.
      await admin.query(
        `INSERT INTO ${table} (tenant_id, id, title, body)
         SELECT t.id, md5('d' || n)::uuid, 'Document ' || n, repeat(md5(n::text), 4)
         FROM unnest($1::uuid[], $2::int[], $3::int[]) AS t (id, first, documents),
           generate_series(t.first, t.first + t.documents - 1) AS n
         ORDER BY md5(n::text)`,
        [
          shares.map(({ id }) => id),
          shares.map(({ first }) => first),
          shares.map(({ documents }) => documents),
        ],
      );
    }
    await admin.query('VACUUM ANALYZE');
    await admin.query('CHECKPOINT');
  } finally {
    await admin.end();
  }
  return database;
}

/** The same change for both tables: a column, the trigger that keeps it, and what the backfill writes. */
export function slugFiles(table: string): { expand: string; change: string } {
  return {
    expand: `ALTER TABLE public.${table} ADD COLUMN slug text;
CREATE FUNCTION public.keep_${table}_slug() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$ BEGIN NEW.slug := lower(NEW.title); RETURN NEW; END $$;
CREATE TRIGGER keep_slug BEFORE INSERT OR UPDATE OF title ON public.${table}
  FOR EACH ROW EXECUTE FUNCTION public.keep_${table}_slug();\n`,
    change: `UPDATE public.${table} SET slug = lower(title) WHERE slug IS DISTINCT FROM lower(title)`,
  };
}
