import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import pg from 'pg';
import { machinerySql, machineryUpdates, tenantTableSql } from 'ringfence/sql';
import { createTestDatabase, type TestDatabase } from 'ringfence/testing';
import { tenantShares } from '../dataset.js';
import type { ChaosSettings } from './chaos-settings.js';

/**
 * Notes of many tenants, skewed, and a switch that makes every change of a note fail as on a full disk.
 * The switch is outside of what is being migrated: a statement of a backfill cannot see it.
 */
export async function chaosDatabase(
  adminUrl: string,
  { tenants, rows }: Pick<ChaosSettings, 'tenants' | 'rows'>,
): Promise<TestDatabase> {
  const database = await createTestDatabase({
    adminUrl,
    sql: [
      machinerySql(),
      ...machineryUpdates().map(({ sql }) => sql),
      tenantTableSql({
        name: 'notes',
        columns: [
          { name: 'title', type: 'text NOT NULL' },
          { name: 'writes', type: 'integer NOT NULL DEFAULT 0' },
        ],
      }),
      `CREATE TABLE ringfence.chaos (full_disk boolean NOT NULL);
       INSERT INTO ringfence.chaos VALUES (false);
       CREATE FUNCTION ringfence.maybe_full() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
         SET search_path = pg_catalog, pg_temp AS $$ BEGIN
         IF (SELECT full_disk FROM ringfence.chaos) THEN
           RAISE EXCEPTION 'could not extend file' USING ERRCODE = '53100';
         END IF;
         RETURN NULL;
       END $$;
       CREATE TRIGGER maybe_full AFTER UPDATE ON public.notes
         FOR EACH STATEMENT EXECUTE FUNCTION ringfence.maybe_full();`,
    ].join('\n'),
  });
  const shares = tenantShares({ rows, tenants });
  const admin = new pg.Client({ connectionString: database.admin });
  await admin.connect();
  try {
    await admin.query(
      `INSERT INTO ringfence.tenants (id, slug, name)
       SELECT id, 't' || n, 'T' FROM unnest($1::uuid[]) WITH ORDINALITY AS t (id, n)`,
      [shares.map(({ id }) => id)],
    );
    await admin.query(
      `INSERT INTO notes (tenant_id, title)
       SELECT t.id, 'Note ' || n FROM unnest($1::uuid[], $2::int[]) AS t (id, size), generate_series(1, t.size) AS n`,
      [shares.map(({ id }) => id), shares.map(({ documents }) => documents)],
    );
    await admin.query('ANALYZE');
  } finally {
    await admin.end();
  }
  return database;
}

/**
 * A migration that adds two columns: the new shape, kept by a trigger from then on, and a counter that only
 * the backfill raises. It is not idempotent, on purpose: each row must end with exactly one.
 */
export function writeMigration(base: string, round: number): { name: string; folder: string } {
  const name = `2026120109${String(round).padStart(4, '0')}_round`;
  const folder = path.join(base, name);
  mkdirSync(folder);
  const [slug, done] = [`slug_${round}`, `done_${round}`];
  const files = {
    'expand.sql': `ALTER TABLE public.notes ADD COLUMN ${slug} text, ADD COLUMN ${done} integer NOT NULL DEFAULT 0;
CREATE FUNCTION public.keep_${slug}() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$ BEGIN NEW.${slug} := lower(NEW.title); RETURN NEW; END $$;
CREATE TRIGGER keep_${slug} BEFORE INSERT OR UPDATE OF title ON public.notes
  FOR EACH ROW EXECUTE FUNCTION public.keep_${slug}();\n`,
    'backfill.sql': `-- table: public.notes
UPDATE public.notes SET ${slug} = lower(title), ${done} = ${done} + 1 WHERE id > :after AND id <= :upto;\n`,
    'verify.sql': `SELECT count(*) FILTER (WHERE ${slug} IS DISTINCT FROM lower(title)) AS mismatches,
  md5(string_agg(id::text, ',' ORDER BY id)) AS checksum FROM public.notes;\n`,
    'meta.json': JSON.stringify({
      rings: [
        { name: '10%', select: { share: 0.1 } },
        { name: 'all', select: { share: 1 } },
      ],
      contract: { soak: '0s' },
    }),
  };
  for (const [file, text] of Object.entries(files)) writeFileSync(path.join(folder, file), text);
  return { name, folder };
}
