import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { machinerySql, tenantTableSql } from '../../sql/index.js';
import type { PhasedMigration, SqlFile } from '../folder/index.js';

const FOLDER = path.resolve(import.meta.dirname, '../../../../../docs/lint');
const BLOCK = /^```sql (bad|fix) (\S+)\n([\s\S]*?)^```$/gm;

/** A page of docs/lint. */
export interface LintPage {
  readonly id: string;
  readonly text: string;
  readonly also: readonly string[];
  readonly bad: Pick<PhasedMigration, 'name' | 'expand' | 'contract'>;
  readonly fix: Pick<PhasedMigration, 'name' | 'expand' | 'contract'>;
}

/** A migration of these files, as a folder of them would be read. */
export function migrationOf(
  files: readonly { readonly file: string; readonly sql: string }[],
  name = 'page',
): LintPage['bad'] {
  const sqlFiles = files.map(
    ({ file, sql }): SqlFile => ({
      file,
      sql,
      checksum: createHash('sha256').update(sql).digest('hex'),
      transaction: !/^-- no-transaction$/m.test(sql),
    }),
  );
  return {
    name,
    expand: sqlFiles.filter(({ file }) => file.startsWith('expand')),
    contract: sqlFiles.filter(({ file }) => file.startsWith('contract')),
  };
}

export function readLintPages(): LintPage[] {
  return readdirSync(FOLDER)
    .filter((file) => file !== 'README.md')
    .map((file) => {
      const text = readFileSync(path.join(FOLDER, file), 'utf8');
      const blocks = [...text.matchAll(BLOCK)].map(([, kind, name = '', sql = '']) => ({
        kind,
        file: name,
        sql,
      }));
      const also = /^Also found there: (.*)$/m.exec(text)?.[1] ?? '';
      return {
        id: file.replace(/\.md$/, ''),
        text,
        also: [...also.matchAll(/\[([\w-]+)\]/g)].map(([, id = '']) => id),
        bad: migrationOf(blocks.filter(({ kind }) => kind === 'bad')),
        fix: migrationOf(blocks.filter(({ kind }) => kind === 'fix')),
      };
    });
}

/** What the pages' SQL stands on; run as the owner role. */
export const SHOP = [
  machinerySql(),
  `CREATE TYPE public.document_kind AS ENUM ('draft', 'final');`,
  tenantTableSql({ name: 'folders', columns: [{ name: 'name', type: 'text' }] }),
  tenantTableSql({
    name: 'documents',
    columns: [
      { name: 'title', type: 'text' },
      { name: 'status', type: 'varchar(20)' },
      { name: 'pages', type: 'integer' },
      { name: 'kind', type: 'public.document_kind' },
      { name: 'folder_id', type: 'uuid' },
    ],
    indexes: [['title']],
  }),
  `ALTER TABLE documents ADD CONSTRAINT documents_folder_id_fkey FOREIGN KEY (tenant_id, folder_id)
     REFERENCES folders (tenant_id, id) NOT VALID;
   CREATE TABLE events (year int) PARTITION BY RANGE (year);
   CREATE TABLE events_2025 PARTITION OF events FOR VALUES FROM (2025) TO (2026);
   CREATE TABLE events_2027 (year int);
   CREATE MATERIALIZED VIEW document_counts AS SELECT 1 AS n;
   CREATE UNIQUE INDEX document_counts_key ON document_counts (n);
   SET ROLE NONE; CREATE SCHEMA ringfence_shop AUTHORIZATION ringfence_owner;`,
].join('\n');
