import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readMigrationFolder } from './read-migration-folder.js';
import { readMigrationFolders } from './read-migration-folders.js';

let root: string;
beforeEach(() => {
  root = mkdtempSync(path.join(os.tmpdir(), 'migrations-'));
});
afterEach(() => rmSync(root, { recursive: true }));

function folder(files: Readonly<Record<string, string>>, name = '20261127_slug'): string {
  const full = path.join(root, name);
  mkdirSync(full);
  for (const [file, text] of Object.entries(files)) writeFileSync(path.join(full, file), text);
  return full;
}
const read = (files: Readonly<Record<string, string>>) => readMigrationFolder(folder(files));

const BACKFILL = `-- table: public."Documents"
UPDATE public."Documents" SET slug = title WHERE id > :after AND id <= :upto;`;

describe('readMigrationFolder', () => {
  it('reads everything that a migration may have', () => {
    const migration = read({
      'expand.sql': '-- statement-timeout: 10min\nALTER TABLE documents ADD slug text;',
      'expand-2.sql':
        '-- An index.\n\n-- no-transaction\nCREATE INDEX CONCURRENTLY IF NOT EXISTS a ON d (b);',
      'backfill.sql': BACKFILL,
      'verify.sql': "SELECT count(*) AS mismatches, '' AS checksum FROM documents",
      'contract.sql': 'ALTER TABLE documents DROP title;',
      'meta.json': '{ "description": "slugs", "gate": { "soak": "30min" } }',
      'README.md': 'why',
    });
    expect(migration).toMatchObject({
      name: '20261127_slug',
      kind: 'phased',
      expand: [
        { file: 'expand.sql', transaction: true, statementTimeoutMs: 600_000 },
        { file: 'expand-2.sql', transaction: false },
      ],
      backfill: { kind: 'sql', table: { schema: 'public', name: 'Documents' } },
      verify: { file: 'verify.sql' },
      contract: [{ file: 'contract.sql' }],
      meta: { description: 'slugs', gate: { soakMs: 1_800_000, failedShare: 0 } },
    });
    expect(migration.meta.rings.map(({ name }) => name)).toEqual([
      'internal',
      '1%',
      '10%',
      '50%',
      '100%',
    ]);
  });

  it('reads a Prisma folder as one that only expands', () => {
    const migration = read({ 'migration.sql': 'CREATE TABLE a ()' });
    expect(migration).toMatchObject({ kind: 'prisma', expand: [{ file: 'migration.sql' }] });
    expect(migration.checksum).toBe(migration.expand[0]?.checksum);
  });

  it('sums up what runs, and not how it is rolled out', () => {
    const files = { 'expand.sql': 'SELECT 1', 'backfill.mjs': 'export default 1' };
    const sums = [
      folder(files, 'a'),
      folder({ ...files, 'meta.json': '{"quarantineShare":0.5}' }, 'b'),
      folder({ ...files, 'backfill.mjs': 'export default 2' }, 'c'),
    ].map((each) => readMigrationFolder(each).checksum);
    expect(sums[1]).toBe(sums[0]);
    expect(sums[2]).not.toBe(sums[0]);
  });

  it('reads a folder of folders in the order of their names', () => {
    folder({ 'expand.sql': 'SELECT 1' }, '2_b');
    folder({ 'migration.sql': 'SELECT 1' }, '1_a');
    writeFileSync(path.join(root, 'migration_lock.toml'), '');
    expect(readMigrationFolders(root).map(({ name }) => name)).toEqual(['1_a', '2_b']);
  });

  it.each([
    ['nothing to run', { 'README.md': '' }, /holds no expand.sql, backfill, contract.sql/],
    ['an empty file', { 'expand.sql': '-- later\n' }, /expand.sql holds no statement/],
    ['an open string', { 'expand.sql': "SELECT 'a" }, /ends inside a string/],
    [
      'a gap',
      { 'expand.sql': 'SELECT 1', 'expand-3.sql': 'SELECT 1' },
      /expand-3.sql comes without/,
    ],
    [
      'a mistyped name',
      { 'expand.sql': 'SELECT 1', 'expand_2.sql': '', 'expand.txt': '' },
      /expand.txt is no/,
    ],
    [
      'a declaration too late',
      { 'expand.sql': 'SELECT 1;\n-- no-transaction\n' },
      /"-- no-transaction" must stand before/,
    ],
    ['no bound', { 'expand.sql': '-- statement-timeout: 0s\nSELECT 1' }, /and not 0/],
    ['two backfills', { 'backfill.sql': BACKFILL, 'backfill.ts': '' }, /keep one/],
    ['a backfill of no table', { 'backfill.sql': 'UPDATE a SET b = 1' }, /must name its table/],
    [
      'a backfill of all rows',
      { 'backfill.sql': '-- table: a\nUPDATE a SET b = 1' },
      /must use :after/,
    ],
    [
      'two statements',
      { 'backfill.sql': `${BACKFILL}; SELECT 1` },
      /must hold one statement; it holds 2/,
    ],
    [
      'a verify that writes',
      { 'expand.sql': 'SELECT 1', 'verify.sql': 'DELETE FROM a' },
      /one SELECT/,
    ],
    [
      'a phase beside Prisma',
      { 'migration.sql': '', 'contract.sql': 'SELECT 1' },
      /folder of its own/,
    ],
    ['no JSON', { 'expand.sql': 'SELECT 1', 'meta.json': '{' }, /meta.json is not JSON/],
  ] as [string, Record<string, string>, RegExp][])('refuses %s', (_what, files, message) => {
    expect(() => read(files)).toThrow(message);
  });

  it.each([
    ['{"gates":{}}', /gates must be left out: known is description, rings, gate/],
    ['{"gate":{"soak":30}}', /gate.soak must be a time like "30s"/],
    ['{"gate":{"p95Growth":0.5}}', /gate.p95Growth must be a number from 1/],
    ['{"quarantineShare":5}', /quarantineShare must be a number from 0 to 1/],
    ['{"rings":[]}', /rings must be a list of rings/],
    ['{"rings":[{"name":"a","select":{"share":0.5}}]}', /last ring takes everybody/],
    [
      '{"rings":[{"name":"a","select":{"share":1,"plan":"x"}}]}',
      /rings\[0\].select must be exactly one/,
    ],
    [
      '{"rings":[{"name":"a","select":{"list":[]}},{"name":"b","select":{"share":1}}]}',
      /a list of tenant ids/,
    ],
    [
      '{"rings":[{"name":"a","select":{"share":0.5}},{"name":"a","select":{"share":1}}]}',
      /two rings of the name a/,
    ],
    ['{"contract":{"needs":"new"}}', /contract.needs must be a version/],
    ['[]', /it must be an object/],
  ])('refuses meta.json %s', (meta, message) => {
    expect(() => read({ 'expand.sql': 'SELECT 1', 'meta.json': meta })).toThrow(message);
  });
});
