import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { sqlStatements } from '../../sql/index.js';
import { loadParser } from './load-parser.js';
import { readLintPages } from './pages.fixture.js';

// Files are applied without the parser, which not everybody installs: what tells statements apart there
// must see what PostgreSQL's own grammar sees.
const MIGRATIONS = path.resolve(
  import.meta.dirname,
  '../../../../../apps/server/prisma/migrations',
);

const texts = [
  ...readdirSync(MIGRATIONS)
    .filter((name) => !name.endsWith('.toml'))
    .map((name) => ({
      name,
      sql: readFileSync(path.join(MIGRATIONS, name, 'migration.sql'), 'utf8'),
    })),
  ...readLintPages().flatMap(({ id, bad, fix }) =>
    [bad, fix].flatMap(({ expand, contract }) =>
      [...expand, ...contract].map(({ sql, file }) => ({ name: `${id}/${file}`, sql })),
    ),
  ),
  ...[
    'SELECT 1;;;COMMIT;',
    "SELECT 'a'';b', E'\\';', $q$;$q$, $$;$$, \"a;\"\"b\"; -- ;\nROLLBACK /* ; /* ; */ ; */",
    'CREATE RULE r AS ON INSERT TO t DO ALSO (DELETE FROM a; DELETE FROM b); COMMIT',
    'CREATE FUNCTION f(a int) RETURNS int BEGIN ATOMIC SELECT CASE a WHEN 1 THEN 2 END; SELECT a AS end; END; COMMIT',
    'CREATE PROCEDURE p() LANGUAGE sql BEGIN ATOMIC INSERT INTO t VALUES (CASE WHEN true THEN 1 ELSE CASE WHEN false THEN 2 END END); END; BEGIN',
    "CREATE FUNCTION f() RETURNS int LANGUAGE plpgsql AS 'BEGIN COMMIT; END'; END",
    'SELECT a[1:2], (SELECT (1)), b::text FROM t WHERE c = $1; START TRANSACTION',
    "SELECT U&'\\0041;', B'01', X'1F;', N'x;'; ABORT",
    'SELECT 1 AS begin, 2 AS atomic; SAVEPOINT a',
  ].map((sql, at) => ({ name: `hostile ${at + 1}`, sql })),
];

it.each(texts)('$name', async ({ sql }) => {
  const parser = await loadParser();
  const { stmts = [] } = parser.parseSync(sql);
  expect(sqlStatements(sql)).toHaveLength(stmts.length);
  const own = sqlStatements(sql)?.map(([first]) => first?.text);
  const bytes = Buffer.from(sql);
  const theirs = stmts.map(({ stmt_location = 0 }) =>
    /^[a-z]+/i
      .exec(
        bytes
          .subarray(stmt_location)
          .toString()
          .replace(/^(?:\s|--[^\n]*\n|\/\*[\s\S]*?\*\/)+/, ''),
      )?.[0]
      .toLowerCase(),
  );
  expect(own).toEqual(theirs);
});
