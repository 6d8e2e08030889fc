import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createLibraryDatabase } from '../../../test/library-database.fixture.js';
import type { TestDatabase } from '../../testing/index.js';
import { prove } from '../index.js';

// A schema that nobody generated: cycles, domains, enums, partitions, checks that depend on each other,
// odd types, hostile names, a registry, and children without a tenant column.
const SCHEMA = `
CREATE TYPE mood AS ENUM ('calm', 'wild');
CREATE DOMAIN code AS text CHECK (VALUE ~ '^[A-Z]{3}-[0-9]{4}$');
CREATE DOMAIN percent AS numeric(5, 2) NOT NULL CHECK (VALUE >= 0 AND VALUE <= 100);
CREATE TABLE accounts (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), slug text NOT NULL UNIQUE CHECK (slug = lower(slug) AND length(slug) BETWEEN 3 AND 12));
CREATE TABLE teams (tenant_id uuid NOT NULL REFERENCES accounts, id bigint GENERATED ALWAYS AS IDENTITY, lead_id bigint, name varchar(8) NOT NULL, PRIMARY KEY (tenant_id, id));
CREATE TABLE people (
  tenant_id uuid NOT NULL REFERENCES accounts, id bigserial, team_id bigint NOT NULL, boss_id bigint,
  feeling mood NOT NULL, ref code NOT NULL, share percent, born date NOT NULL CHECK (born < '2010-01-01'),
  email text NOT NULL CHECK (email ~* '^[^@]+@[^@]+\\.[a-z]+$'), colour char(7) CHECK (colour ~ '^#[0-9a-f]{6}$'),
  home text, work text, CHECK (num_nonnulls(home, work) = 1), low int NOT NULL, high int NOT NULL, CHECK (low < high AND low > 17),
  shout text GENERATED ALWAYS AS (upper(email)) STORED, tags text[] NOT NULL CHECK (cardinality(tags) > 0), span int4range NOT NULL,
  data jsonb NOT NULL CHECK (jsonb_typeof(data) = 'array'), ip inet NOT NULL, state text NOT NULL CHECK (state IN ('on', 'off')),
  PRIMARY KEY (tenant_id, id), UNIQUE (tenant_id, email), FOREIGN KEY (tenant_id, team_id) REFERENCES teams (tenant_id, id),
  FOREIGN KEY (tenant_id, boss_id) REFERENCES people (tenant_id, id));
ALTER TABLE teams ADD FOREIGN KEY (tenant_id, lead_id) REFERENCES people (tenant_id, id);
CREATE TABLE hens (tenant_id uuid NOT NULL, id uuid PRIMARY KEY DEFAULT gen_random_uuid(), egg_id uuid NOT NULL);
CREATE TABLE eggs (tenant_id uuid NOT NULL, id uuid PRIMARY KEY DEFAULT gen_random_uuid(), hen_id uuid NOT NULL REFERENCES hens DEFERRABLE);
ALTER TABLE hens ADD FOREIGN KEY (egg_id) REFERENCES eggs DEFERRABLE;
CREATE TABLE profiles (tenant_id uuid NOT NULL, person_id bigint NOT NULL, bio text, PRIMARY KEY (tenant_id, person_id), FOREIGN KEY (tenant_id, person_id) REFERENCES people (tenant_id, id));
CREATE TABLE events (tenant_id uuid NOT NULL, at timestamptz NOT NULL, note text NOT NULL) PARTITION BY RANGE (at);
CREATE TABLE events_2031 PARTITION OF events FOR VALUES FROM ('2031-01-01') TO ('2032-01-01');
CREATE TABLE "we""ird
SELECT" (tenant_id uuid NOT NULL, "select" text NOT NULL, "näme $1" int NOT NULL);
CREATE TABLE impossible (tenant_id uuid NOT NULL, n int NOT NULL CHECK (n > 5 AND n < 3));
CREATE TABLE replies (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), hen uuid NOT NULL REFERENCES hens, text text NOT NULL);
`;

let db: TestDatabase;
beforeAll(async () => {
  db = await createLibraryDatabase();
  const admin = new pg.Client({ connectionString: db.admin });
  await admin.connect();
  await admin.query(`SET ROLE ringfence_owner; ${SCHEMA}`);
  await admin.query(`DO $$ DECLARE t regclass; BEGIN
    FOR t IN SELECT attrelid::regclass FROM pg_attribute a JOIN pg_class c ON c.oid = attrelid
      WHERE attname = 'tenant_id' AND relkind IN ('r', 'p') AND relname <> 'events_2031' LOOP
      EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY; ALTER TABLE %s FORCE ROW LEVEL SECURITY', t, t);
      EXECUTE format($f$CREATE POLICY p ON %s USING (tenant_id = nullif(current_setting('my.tenant', true), '')::uuid)$f$, t);
      EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %s TO ringfence_app', t);
    END LOOP; END $$;
    GRANT SELECT ON events_2031, replies TO ringfence_app`);
  await admin.end();
});
afterAll(() => db.drop());

it.each([false, true])('every table is seeded or says why not (in place: %s)', async (inPlace) => {
  const { findings } = await prove({
    adminUrl: db.admin,
    appUrl: db.app,
    setting: 'my.tenant',
    inPlace,
  });
  const of = (object: string, operation: string): string[] => [
    ...new Set(
      findings
        .filter((one) => one.object === object && one.operation === operation)
        .map((one) => (one.verdict === 'not-provable' ? one.why : one.verdict)),
    ),
  ];
  for (const table of [
    'teams',
    'people',
    'hens',
    'eggs',
    'profiles',
    'events',
    '"we""ird\nSELECT"',
  ]) {
    expect([table, of(`public.${table}`, 'read')]).toEqual([table, ['proven']]);
    expect([table, of(`public.${table}`, 'insert-as-other')]).toEqual([table, ['proven']]);
  }
  expect(of('public.impossible', 'read')[0]).toMatch(
    /no row could be seeded: .*impossible_n_check/,
  );
  // A partition of its own, and a child that nothing protects.
  expect(of('public.events_2031', 'read')).toEqual(['leaked']);
  expect(of('public.events_2031', 'count')).toEqual(['leaked']);
  expect(of('public.replies', 'read')).toEqual(['leaked']);
  // Keys without the tenant tell what exists; composite ones do not.
  expect(of('public.eggs', 'foreign-key-oracle')).toEqual(['leaked']);
  expect(of('public.people', 'foreign-key-oracle')).toEqual(['proven']);
  expect(of('public.people', 'unique-oracle')).toEqual(['proven']);
  expect(of('tenant context', 'context-pivot')).toEqual(['leaked']);
});
