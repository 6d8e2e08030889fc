import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { auditInTransaction } from '../../src/auditor/audit.js';
import type { Queryable } from '../../src/sql/index.js';

const database = `ringfence_many_${randomBytes(6).toString('hex')}`;
const admin = new pg.Client({ connectionString: process.env.RINGFENCE_TEST_ADMIN_URL });
const url = new URL(process.env.RINGFENCE_TEST_ADMIN_URL ?? '');

beforeAll(async () => {
  await admin.connect();
  await admin.query(`CREATE DATABASE ${database}`);
  url.pathname = `/${database}`;
});
afterAll(async () => {
  await admin.query(`DROP DATABASE ${database} WITH (FORCE)`);
  await admin.end();
});

/** Protected tables in a chain, a view on every tenth, and a definer function that checks the tenant. */
const schema = (tables: number): string =>
  `
  CREATE ROLE ${database}_owner NOLOGIN; CREATE ROLE ${database}_app LOGIN;
  DO $$ BEGIN EXECUTE format('REVOKE TEMPORARY, CREATE ON DATABASE %I FROM PUBLIC', current_database()); END $$;
  REVOKE EXECUTE ON FUNCTION pg_catalog.set_config(text, text, boolean) FROM PUBLIC;
  CREATE SCHEMA many; GRANT USAGE ON SCHEMA many TO ${database}_app;
  DO $do$ DECLARE
    context text := $$nullif(current_setting('app.current_tenant_id', true), '')::uuid$$;
    i int;
  BEGIN FOR i IN 1..${tables} LOOP
    EXECUTE format('CREATE TABLE many.t%s (tenant_id uuid NOT NULL DEFAULT %s, id uuid NOT NULL DEFAULT gen_random_uuid(),
      parent_id uuid, title text, amount numeric, data jsonb, at timestamptz, PRIMARY KEY (tenant_id, id))', i, context);
    EXECUTE format('ALTER TABLE many.t%s ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY, OWNER TO ${database}_owner', i);
    EXECUTE format('CREATE POLICY guard ON many.t%s AS RESTRICTIVE USING (tenant_id = (SELECT %s))', i, context);
    EXECUTE format('CREATE POLICY access ON many.t%s USING (tenant_id = (SELECT %s))', i, context);
    EXECUTE format('GRANT SELECT, INSERT, DELETE, UPDATE (title) ON many.t%s TO ${database}_app', i);
    IF i > 1 THEN
      EXECUTE format('ALTER TABLE many.t%s ADD FOREIGN KEY (tenant_id, parent_id) REFERENCES many.t%s', i, i - 1);
    END IF;
    IF i % 10 = 0 THEN
      EXECUTE format('CREATE VIEW many.v%s WITH (security_invoker) AS SELECT * FROM many.t%s', i, i);
      EXECUTE format('GRANT SELECT ON many.v%s TO ${database}_app', i);
      EXECUTE format('CREATE FUNCTION many.f%s(p uuid) RETURNS bigint LANGUAGE sql STABLE SECURITY DEFINER
        SET search_path = pg_catalog, pg_temp
        AS ''SELECT count(*) FROM many.t%s WHERE parent_id = p AND tenant_id = (SELECT %s)''', i, i, replace(context, '''', ''''''));
      EXECUTE format('REVOKE ALL ON FUNCTION many.f%s(uuid) FROM PUBLIC', i);
    END IF;
  END LOOP; END $do$;
  ALTER TABLE many.t7 DISABLE ROW LEVEL SECURITY;
  DROP POLICY guard ON many.t88; CREATE POLICY lax ON many.t88 FOR SELECT USING (true);
  CREATE UNIQUE INDEX titles ON many.t199 (title);`;

interface Run {
  readonly keys: string[];
  readonly catalogQueries: number;
  readonly queries: number;
  readonly cpuMs: number;
}

async function auditOf(tables: number): Promise<Run> {
  const client = new pg.Client({ connectionString: url.href });
  await client.connect();
  try {
    await client.query('BEGIN');
    await client.query(schema(tables));
    const asked: string[] = [];
    const counting: Queryable = {
      query: ((text: string, values?: unknown[]) => {
        asked.push(text);
        return client.query(text, values);
      }) as Queryable['query'],
    };
    const before = process.cpuUsage();
    const started = performance.now();
    const { report } = await auditInTransaction(counting, { appRoles: [`${database}_app`] });
    const { user, system } = process.cpuUsage(before);
    const wallMs = Math.round(performance.now() - started);
    console.log(`${tables} tables: ${wallMs} ms, ${asked.length} queries`);
    return {
      keys: report.findings.flatMap(({ key, severity }) =>
        ['critical', 'high', 'medium'].includes(severity) ? [key] : [],
      ),
      catalogQueries: asked.filter((text) => /\bFROM pg_catalog\.pg_/.test(text)).length,
      queries: asked.length,
      cpuMs: (user + system) / 1000,
    };
  } finally {
    await client.end();
  }
}

it('asks a thousand tables in as many queries as two hundred and fifty', async () => {
  // Once for the compiler: what is compared is the work.
  await auditOf(250);
  const [few, many] = [await auditOf(250), await auditOf(1000)];
  expect(many.catalogQueries).toBe(few.catalogQueries);
  expect(many.queries).toBe(few.queries);
  const expected = [
    'no-drift-guard/database',
    'policy-open-read/table/many/t88',
    'rls-disabled-with-policies/table/many/t7',
    'unique-across-tenants/index/many/t199/titles',
  ];
  expect(few.keys.sort()).toEqual(expected);
  expect(many.keys.sort()).toEqual(expected);
  // Four times the tables: four times the work where it is linear, sixteen where it is not.
  expect(many.cpuMs / few.cpuMs).toBeLessThan(10);
});
