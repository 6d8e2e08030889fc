import { expect, it } from 'vitest';
import { refuseControl } from './refuse-control.js';
import { repeatableStatement } from './repeatable-statement.js';

const read = (sql: string) => repeatableStatement({ file: 'f.sql', sql });

it.each([
  [
    'CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS "Odd ""x""" ON ONLY public."T t" (tenant_id)',
    { kind: 'create index', concurrent: true, index: 'Odd "x"', object: '"public"."T t"' },
  ],
  [
    '-- no-transaction\ncreate index concurrently if not exists Ab on docs using gin (a);',
    { kind: 'create index', concurrent: true, index: 'ab', object: '"docs"' },
  ],
  ['REINDEX INDEX CONCURRENTLY s.i', { kind: 'reindex', concurrent: true, object: '"s"."i"' }],
  ['REINDEX (VERBOSE, CONCURRENTLY) TABLE t', { kind: 'reindex', concurrent: true, object: '"t"' }],
  ['DROP INDEX CONCURRENTLY IF EXISTS a', { kind: 'other', concurrent: true }],
  ["ALTER TYPE x ADD VALUE IF NOT EXISTS 'b'", { kind: 'other', concurrent: false }],
  ['ANALYZE t', { kind: 'other', concurrent: false }],
])('may be run again: %s', (sql, expected) => expect(read(sql)).toEqual(expected));

it.each([
  'CREATE INDEX CONCURRENTLY a ON t (b)',
  'CREATE INDEX IF NOT EXISTS a ON t (b)',
  'DROP INDEX CONCURRENTLY a',
  "ALTER TYPE x ADD VALUE 'b'",
  'REINDEX TABLE t',
  'UPDATE t SET a = a + 1',
  'ANALYZE a; ANALYZE b',
  'DO $$ BEGIN END $$',
])('may not: %s', (sql) => expect(() => read(sql)).toThrow(/MIGRATION_NOT|can be run again/));

it.each([
  ['SELECT 1; COMMIT', 'COMMIT'],
  ['START TRANSACTION', 'START TRANSACTION'],
  ['/* x */ END', 'END'],
  ['SET ROLE postgres', 'SET ROLE'],
  ['SET SESSION AUTHORIZATION x', 'SET SESSION AUTHORIZATION'],
  ['RESET ALL', 'RESET ALL'],
  ["PREPARE TRANSACTION 'a'", 'PREPARE TRANSACTION'],
  ['SAVEPOINT a', 'SAVEPOINT'],
])('refuses control in %s', (sql, named) =>
  expect(() => refuseControl({ file: 'f.sql', sql })).toThrow(`f.sql holds ${named}`),
);

it('lets through what only looks like it', () => {
  const sql = `SET LOCAL search_path = a; CREATE FUNCTION f() RETURNS int LANGUAGE sql AS $$ SELECT 1; $$;
    CREATE FUNCTION g() RETURNS int BEGIN ATOMIC SELECT 1; END; DO $$ BEGIN NULL; END $$; SELECT 'COMMIT; '`;
  expect(() => refuseControl({ file: 'f.sql', sql })).not.toThrow();
});
