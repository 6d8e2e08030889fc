import { describe, expect, it } from 'vitest';
import { leavesNoResidue } from './leaves-no-residue.js';

describe('leavesNoResidue', () => {
  it.each(
    [
      'SELECT 1',
      'SELECT "t"."id", COUNT(*) FROM "public"."t" WHERE ("t"."a" = $1 AND "t"."b" IN ($2,$3)) LIMIT $4 OFFSET $5',
      'INSERT INTO "public"."t" ("id","name") VALUES ($1,$2), ($3,DEFAULT) RETURNING "public"."t"."id"',
      'INSERT INTO t (a) VALUES ($1) ON CONFLICT ("tenant_id","id") DO UPDATE SET a = (1) RETURNING a',
      'UPDATE "public"."t" SET "version" = ("public"."t"."version" + $1) WHERE (1=1)',
      'DELETE FROM t WHERE id = ANY($1) -- why',
      'WITH x AS (SELECT a FROM t) SELECT max(a), pg_catalog.lower(b) FROM x',
      "SELECT 'set_config(' || a FROM t /* set_config( /* nested */ ) */",
      'SELECT coalesce(a, $$ set_config( $$) FROM t',
      'SELECT COALESCE(JSONB_AGG("x"), \'[]\') FROM t LEFT JOIN LATERAL (SELECT 1) AS y ON (true)',
      'SELECT a::varchar(10), b::numeric(10,2) FROM t FOR UPDATE',
      'SELECT a FROM t WHERE tenant_id = (SELECT ringfence.current_tenant_id())',
      'SELECT ringfence.activate_domain($1::text, $2::text)',
      '',
    ].filter(Boolean),
  )('is sure about %s', (text) => {
    expect(leavesNoResidue(text)).toBe(true);
  });

  it.each([
    '',
    '-- nothing',
    'SET search_path = x',
    'SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY',
    'RESET ALL',
    "SELECT set_config('a', 'b', false)",
    "SELECT pg_catalog.set_config('a', 'b', false)",
    "SELECT\"set_config\"('a', 'b', false)",
    "SELECT pg_catalog.\"set_config\"('a', 'b', false)",
    "SELECT set_config/**/('a', 'b', false)",
    "SELECT count (*), U&\"set\\005fconfig\" ('a', 'b', false) FROM t",
    "INSERT INTO t (a) SELECT set_config('a', 'b', false)",
    'INSERT INTO t SELECT * FROM dblink (1)',
    'SELECT public.count(1)',
    'SELECT a.b.count(1)',
    'CALL ringfence.bind($1)',
    'SELECT a.ringfence.current_tenant_id()',
    'SELECT pg_advisory_lock(1)',
    'SELECT a INTO b FROM c',
    'DO $$ BEGIN END $$',
    'PREPARE s AS SELECT 1',
    'DEALLOCATE ALL',
    'LISTEN x',
    'DECLARE c CURSOR WITH HOLD FOR SELECT 1',
    'COPY t TO STDOUT',
    'CREATE TEMP TABLE x ()',
    'EXPLAIN ANALYZE SELECT 1',
    'CALL p()',
    'TABLE t',
    "SELECT E'\\'' || set_config('a', 'b', false) || E'\\''",
    "SELECT 'unterminated",
    'SELECT $a$ unterminated',
    'SELECT /* unterminated',
    'SELECT "unterminated',
  ])('is not sure about %s', (text) => {
    expect(leavesNoResidue(text)).toBe(false);
  });
});
