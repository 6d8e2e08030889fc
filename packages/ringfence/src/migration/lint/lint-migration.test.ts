import path from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  addForeignKeySql,
  concurrentIndexSql,
  dropDualWriteSql,
  dualWriteSql,
  expandColumnsSql,
  safeNotNullSql,
  tenantTableSql,
  uniqueFromIndexSql,
  validateForeignKeySql,
} from '../../sql/index.js';
import { readMigrationFolders, scaffoldMigration } from '../folder/index.js';
import { lintMigration } from './lint-migration.js';
import { lintJson, lintText } from './lint-report.js';
import { migrationOf } from './pages.fixture.js';

const lint = (...files: (string | { file: string; sql: string })[]) =>
  lintMigration(
    migrationOf(
      files.map((each, at) =>
        typeof each === 'string'
          ? { file: at ? `expand-${at + 1}.sql` : 'expand.sql', sql: each }
          : each,
      ),
    ),
  );
const open = async (...files: Parameters<typeof lint>) =>
  (await lint(...files)).findings
    .filter(({ allowed }) => allowed === undefined)
    .map(({ rule, severity }) => `${severity} ${rule}`);

describe('what the generators write', () => {
  const key = { table: 'documents', column: 'folder_id', parent: 'folders' };
  const change = {
    table: 'documents',
    old: 'title',
    new: 'slug',
    forward: 'NEW.title',
    backward: 'NEW.slug',
  };
  it.each([
    [
      'a tenant table',
      [
        tenantTableSql({
          name: 'notes',
          columns: [
            { name: 'a', type: 'text', references: { table: 'documents', onDelete: 'set null' } },
          ],
          unique: [['a']],
        }),
      ],
    ],
    [
      'columns of a table in use',
      expandColumnsSql({ name: 'documents' }, [
        { name: 'pinned', type: 'boolean NOT NULL DEFAULT false' },
      ]).map(({ sql }) => sql),
    ],
    ['an index', [concurrentIndexSql({ table: 'documents', columns: ['slug'] })]],
    ['the trigger for both shapes', [dualWriteSql(change)]],
  ])('is clean: %s', async (_what, files) => {
    expect(await open(...files)).toEqual([]);
  });

  it.each([
    ['a foreign key', [addForeignKeySql(key), validateForeignKeySql(key)]],
    ['NOT NULL', safeNotNullSql({ table: 'documents', column: 'title' })],
    [
      'a unique key',
      [
        concurrentIndexSql({ table: 'documents', columns: ['a'], unique: true }),
        uniqueFromIndexSql({ table: 'documents', columns: ['a'] }),
      ],
    ],
    ['the end of both shapes', [dropDualWriteSql(change)]],
  ])('is clean in the contract, where it tightens: %s', async (_what, files) => {
    const contract = files.map((sql, at) => ({
      file: at ? `contract-${at + 1}.sql` : 'contract.sql',
      sql,
    }));
    expect(await open(...contract)).toEqual([]);
  });

  it('is clean: a migration to start from', async () => {
    const files = scaffoldMigration({
      table: { schema: 'public', name: 'documents' },
      column: 'slug',
      type: 'text',
      from: 'title',
    });
    expect(await open(...files.filter(({ file }) => /^(expand|contract)/.test(file)))).toEqual([]);
  });
});

describe('the migrations of the server', () => {
  it('are read without a syntax error, and hold nothing that blocks a new database', async () => {
    const folder = path.resolve(
      import.meta.dirname,
      '../../../../../apps/server/prisma/migrations',
    );
    for (const migration of readMigrationFolders(folder)) {
      const { findings } = await lintMigration(migration);
      expect(findings.filter(({ rule }) => rule === 'not-repeatable')).toEqual([]);
    }
  });
});

describe('an allowance', () => {
  const bad = 'ALTER TABLE public.documents DROP COLUMN title;';
  it('lets a finding through, and shows its reason', async () => {
    const report = await lint(
      `-- ringfence: allow dropped-in-expand: no release ever read it\n${bad}`,
    );
    expect(report.ok).toBe(true);
    expect(report.findings).toMatchObject([
      { rule: 'dropped-in-expand', allowed: 'no release ever read it', line: 2 },
    ]);
    expect(lintText([report])).toContain(
      'page/expand.sql:2 allowed dropped-in-expand: no release ever read it',
    );
  });

  it.each([
    [
      'without a reason',
      '-- ringfence: allow dropped-in-expand',
      ['error allowance', 'error dropped-in-expand'],
    ],
    [
      'with a word for one',
      '-- ringfence: allow dropped-in-expand: ok',
      ['error allowance', 'error dropped-in-expand'],
    ],
    [
      'of another rule',
      '-- ringfence: allow truncated: nobody reads it now',
      ['warning allowance', 'error dropped-in-expand'],
    ],
    [
      'of no rule',
      '-- ringfence: allow everything: nobody reads it now',
      ['error allowance', 'error dropped-in-expand'],
    ],
    [
      'in a string',
      "COMMENT ON TABLE public.a IS '-- ringfence: allow dropped-in-expand: nobody reads it';",
      ['error dropped-in-expand'],
    ],
    [
      'above another statement',
      '-- ringfence: allow dropped-in-expand: nobody reads it\nSELECT 1;',
      ['warning allowance', 'error dropped-in-expand'],
    ],
  ])('is worth nothing %s', async (_what, line, expected) => {
    expect(await open(`${line}\n${bad}`)).toEqual(expected);
  });
});

describe('lintMigration', () => {
  it('names the line of a syntax error', async () => {
    await expect(lint('SELECT 1;\n\nALTER TABEL x;')).rejects.toThrow(
      /expand.sql, line 3: syntax error at or near "TABEL"/,
    );
  });

  it('counts lines after letters of several bytes', async () => {
    const { findings } = await lint(
      "-- ééé\nCOMMENT ON TABLE public.a IS 'ééé';\nTRUNCATE public.a;",
    );
    expect(findings).toMatchObject([{ rule: 'truncated', line: 3 }]);
  });

  it('looks at every command of one statement, and into WITH', async () => {
    expect(
      await open(
        'ALTER TABLE public.a ADD COLUMN b int NOT NULL, ALTER COLUMN c TYPE bigint, DROP COLUMN d CASCADE;\nWITH gone AS (DELETE FROM public.a RETURNING b) SELECT count(*) FROM gone;',
      ),
    ).toEqual([
      'error column-not-null',
      'error column-type',
      'error drop-cascade',
      'error dropped-in-expand',
      'error rows-in-schema-plane',
    ]);
  });

  it('knows what the migration itself has made', async () => {
    const table = tenantTableSql({ name: 'notes', columns: [{ name: 'a', type: 'text' }] });
    expect(
      await open(
        `${table}\nCREATE INDEX ON public.notes (tenant_id, a); ALTER TABLE public.notes ALTER a SET NOT NULL, ALTER a TYPE varchar(9);
         ALTER TABLE public.notes DROP COLUMN a;`,
      ),
    ).toEqual([]);
  });

  it('prints 80 columns, and JSON', async () => {
    const report = await lint('CREATE INDEX a ON public.documents (title);');
    const text = lintText([report]);
    expect(Math.max(...text.split('\n').map(({ length }) => length))).toBeLessThanOrEqual(80);
    expect(text).toMatchSnapshot();
    expect(JSON.parse(lintJson([report]))).toMatchObject({
      ok: false,
      migrations: [{ migration: 'page' }],
    });
  });
});
