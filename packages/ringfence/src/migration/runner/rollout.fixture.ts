import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { createLibraryDatabase } from '../../../test/library-database.fixture.js';
import { keyringFromEnvironment } from '../../postgres/index.js';
import type { TestDatabase } from '../../testing/index.js';
import { type PhasedMigration, readMigrationFolder } from '../folder/index.js';
import { MigrationLedger } from '../ledger/index.js';
import { MigrationRunner, type MigrationRunnerOptions } from './migration-runner.js';

/** Writes both shapes until the contract, as `sql/dual-write.ts` would. */
const EXPAND = `ALTER TABLE public.folders ADD COLUMN slug text;
CREATE FUNCTION public.folders_slug() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$ BEGIN NEW.slug := lower(NEW.name); RETURN NEW; END $$;
CREATE TRIGGER folders_slug BEFORE INSERT OR UPDATE OF name ON public.folders
  FOR EACH ROW EXECUTE FUNCTION public.folders_slug();`;

const FILES = {
  'expand.sql': EXPAND,
  'backfill.sql': `-- table: public.folders
UPDATE public.folders SET slug = lower(name)
WHERE id > :after AND id <= :upto AND slug IS DISTINCT FROM lower(name);`,
  'verify.sql': `SELECT count(*) FILTER (WHERE slug IS DISTINCT FROM lower(name)) AS mismatches,
  md5(string_agg(id || slug, ',' ORDER BY id)) AS checksum FROM public.folders;`,
  'contract.sql': `DROP TRIGGER folders_slug ON public.folders;
DROP FUNCTION public.folders_slug();
ALTER TABLE public.folders ADD CONSTRAINT folders_slug_there CHECK (slug IS NOT NULL);`,
  'meta.json': JSON.stringify({
    rings: [{ name: 'all', select: { share: 1 } }],
    contract: { soak: '0s' },
  }),
};

/** A database with tenants whose folders get a slug, and what rolls that out. */
export interface RolloutFixture {
  readonly db: TestDatabase;
  /** The superuser: plants, and reads for comparison what no single tenant sees. */
  readonly admin: pg.Client;
  readonly ledger: MigrationLedger;
  readonly migration: PhasedMigration;
  /** One tenant for each number, with so many folders. Returns their ids. */
  tenants(...sizes: number[]): Promise<string[]>;
  runner(options?: Partial<MigrationRunnerOptions>): MigrationRunner;
  /** Rows whose slug is not what an independent calculation says, and how many there are in all. */
  compare(): Promise<{ wrong: number; all: number }>;
  drop(): Promise<void>;
}

/** @param files in place of those above, or `null` to leave one out. */
export async function rolloutFixture(
  files: Readonly<Record<string, string | null>> = {},
): Promise<RolloutFixture> {
  const db = await createLibraryDatabase();
  const admin = new pg.Client({ connectionString: db.admin });
  await admin.connect();
  const folder = mkdtempSync(path.join(os.tmpdir(), 'rollout-'));
  const migration = writeMigration(folder, '20261201090000_slugs', files);
  return {
    db,
    admin,
    migration,
    ledger: new MigrationLedger(admin),
    async tenants(...sizes) {
      const { rows } = await admin.query<{ id: string }>(
        `INSERT INTO ringfence.tenants (slug, name)
         SELECT 't-' || substr(md5(random()::text), 1, 12), 'T' FROM generate_series(1, $1) RETURNING id`,
        [sizes.length],
      );
      const ids = rows.map(({ id }) => id);
      await admin.query(
        `INSERT INTO public.folders (tenant_id, name)
         SELECT t.id, 'Folder ' || n FROM unnest($1::uuid[], $2::int[]) AS t (id, size), generate_series(1, t.size) AS n`,
        [ids, sizes],
      );
      return ids;
    },
    runner: (options = {}) =>
      new MigrationRunner({
        url: db.migration,
        actor: 'a test',
        migration,
        keyring: keyringFromEnvironment(),
        // Of small tables that nobody else uses; the linter has tests of its own.
        lint: () => undefined,
        ...options,
        worker: { idleMs: 20, retrySeconds: 0.01, leaseSeconds: 2, ...options.worker },
      }),
    async compare() {
      const { rows } = await admin.query<{ name: string; slug: string | null }>(
        'SELECT name, slug FROM public.folders',
      );
      return {
        all: rows.length,
        wrong: rows.filter(({ name, slug }) => slug !== name.toLowerCase()).length,
      };
    },
    async drop() {
      rmSync(folder, { recursive: true });
      await admin.end();
      await db.drop();
    },
  };
}

function writeMigration(
  folder: string,
  name: string,
  files: Readonly<Record<string, string | null>>,
): PhasedMigration {
  const place = path.join(folder, name);
  mkdirSync(place);
  for (const [file, text] of Object.entries({ ...FILES, ...files })) {
    if (text !== null) writeFileSync(path.join(place, file), text);
  }
  return readMigrationFolder(place);
}
