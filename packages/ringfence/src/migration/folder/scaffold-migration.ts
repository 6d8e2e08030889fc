import {
  concurrentIndexSql,
  dropDualWriteSql,
  dualWriteSql,
  expandColumnsSql,
  type PlannedFile,
  quoteIdentifier,
  quoteQualified,
} from '../../sql/index.js';
import type { TableName } from './phased-migration.js';

/** What {@link scaffoldMigration} is asked for. */
export interface ScaffoldOptions {
  readonly table: TableName;
  readonly column: string;
  readonly type: string;
  /** The column that it takes the place of. */
  readonly from?: string;
}

/**
 * Writes the files of a migration to start from: a new column on a tenant table and its index; with
 * `from`, all planes of a change of shape. Whatever has to be thought about stands in a comment.
 *
 * @throws RingfenceError `IDENTIFIER_INVALID` for an impossible name.
 */
export function scaffoldMigration(options: ScaffoldOptions): PlannedFile[] {
  const { table, column, type, from } = options;
  const { schema, name } = table;
  const [expand] = expandColumnsSql({ schema, name }, [{ name: column, type }]);
  const index = concurrentIndexSql({ schema, table: name, columns: [column] });
  const meta = {
    description: from ? `${name}.${from} becomes ${name}.${column}` : `${name}.${column}`,
  };
  return [
    {
      file: 'expand.sql',
      sql: [EXPAND, expand?.sql.trim(), ...(from ? ['', dualWrite(options, from)] : [])].join('\n'),
    },
    { file: 'expand-2.sql', sql: index.replace('\n', `\n${INDEX}\n`) },
    ...(from ? planes(options, from) : []),
    { file: 'meta.json', sql: JSON.stringify({ ...meta, ...META }, null, 2) },
  ].map((each) => ({ ...each, sql: `${each.sql.trimEnd()}\n` }));
}

function planes({ table, column }: ScaffoldOptions, from: string): PlannedFile[] {
  const qualified = quoteQualified(table.schema, table.name);
  const [older, newer] = [quoteIdentifier(from), quoteIdentifier(column)];
  const change = { schema: table.schema, table: table.name, old: from, new: column };
  return [
    {
      file: 'backfill.sql',
      sql: `-- table: ${qualified}
${BACKFILL}
UPDATE ${qualified} SET ${newer} = ${older}
WHERE "id" > :after AND "id" <= :upto
  AND ${newer} IS DISTINCT FROM ${older};`,
    },
    {
      file: 'verify.sql',
      sql: `${VERIFY}
SELECT count(*) FILTER (WHERE ${newer} IS DISTINCT FROM ${older}) AS mismatches,
  md5(string_agg(md5("id"::text || coalesce(${newer}::text, '')), '' ORDER BY "id")) AS checksum
FROM ${qualified};`,
    },
    {
      file: 'contract.sql',
      sql: `${CONTRACT}
${dropDualWriteSql(change)}
ALTER TABLE ${qualified} DROP COLUMN ${older};`,
    },
  ];
}

function dualWrite({ table, column }: ScaffoldOptions, from: string): string {
  const sql = dualWriteSql({
    schema: table.schema,
    table: table.name,
    old: from,
    new: column,
    forward: `NEW.${quoteIdentifier(from)}`,
    backward: `NEW.${quoteIdentifier(column)}`,
  });
  return `${DUAL_WRITE}\n${sql}`;
}

const EXPAND = `-- For all tenants at once, and while the old release runs: only what it does not notice.
-- One transaction; it waits half a second for its lock at most, then gives way and tries again.`;

const INDEX = `-- Led by tenant_id, as every index of a tenant table. Remove the file when nothing looks for it.`;

const DUAL_WRITE = `-- Keeps both columns true, whichever one is written: switching a tenant back needs no repair.
-- Put your translation where the old value becomes the new one, and back. Names of your own must
-- be qualified. A column that old code does not give must be NULL and have no default.`;

const BACKFILL = `-- Run again and again for each tenant, bound to it: no tenant_id is needed, and no other tenant can
-- be reached. The last condition makes it repeatable: rows that are done are left alone.`;

const VERIFY = `-- Run for each tenant after its backfill: mismatches must be 0 before it is switched. The checksum is
-- kept beside it.`;

const CONTRACT = `-- When every tenant is switched, has stayed so for contract.soak, and no older release runs. It cannot
-- be undone: the old column is gone.`;

const META = {
  gate: { failedShare: 0, mismatches: 0, soak: '10min' },
  contract: { soak: '7d' },
};
