import { RingfenceError } from '../../errors/index.js';
import { type Queryable, quoteQualified } from '../../sql/index.js';
import type { SqlBackfill, TableName } from '../folder/index.js';

/** What a batch consists of, as text: `$1` is always the place (or NULL at the beginning). */
export interface BatchStatements {
  /** The last key of the next `$2` rows, and how many they are. */
  readonly range: string;
  /** How many rows the tenant has. */
  readonly count: string;
  /** The migration's own statement; `$2` is the last key. Nothing for a backfill in TypeScript. */
  readonly change: string | null;
}

/** Types of a key column and what sorts before all that may stand in it. */
const LOWEST: Readonly<Record<string, string>> = {
  uuid: '00000000-0000-0000-0000-000000000000',
  bigint: '-9223372036854775808',
  integer: '-2147483648',
  text: '',
};

/** `:after` and `:upto`, but not the cast `::after` and not the slice `[1:upto]`. */
const PLACEHOLDER = /(?<![:\w\]]):(after|upto)\b/g;

/**
 * Writes the statements of a backfill over the keys of a table. They name no tenant: under forced
 * row-level security there are no other tenant's rows, and the policy supplies the first column of the key.
 *
 * @param db the owner role.
 * @throws RingfenceError `MIGRATION_FAILED` when there is no such table, it is not under forced row-level
 *   security, or has no key `id` that can be walked.
 */
export async function batchStatements(
  db: Queryable,
  table: TableName,
  backfill?: SqlBackfill,
): Promise<BatchStatements> {
  const name = quoteQualified(table.schema, table.name);
  const type = await keyType(db, name);
  // Said to be text, which it is, where nothing else tells the server so.
  const place = `$1::text::${type}`;
  return {
    range: `SELECT q.id::text, q.n::integer FROM (
  SELECT t.id, pg_catalog.row_number() OVER (ORDER BY t.id) AS n FROM ${name} AS t
  WHERE $1::text IS NULL OR t.id > ${place} ORDER BY t.id LIMIT $2
) AS q ORDER BY q.n DESC LIMIT 1`,
    count: `SELECT pg_catalog.count(*) FROM ${name}`,
    change:
      backfill?.sql.replace(PLACEHOLDER, (_, which: string) =>
        which === 'upto'
          ? `$2::text::${type}`
          : `coalesce(${place}, '${LOWEST[type] as string}'::${type})`,
      ) ?? null,
  };
}

async function keyType(db: Queryable, name: string): Promise<string> {
  const { rows } = await db.query<{ type: string; forced: boolean }>(
    `SELECT pg_catalog.format_type(a.atttypid, NULL) AS type, c.relrowsecurity AND c.relforcerowsecurity AS forced
     FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_attribute AS a ON a.attrelid = c.oid AND a.attname = 'id'
     WHERE c.oid = pg_catalog.to_regclass($1)`,
    [name],
  );
  const [found] = rows;
  if (!found) throw failed(`There is no table ${name} with a column id.`);
  // Without it, a backfill bound to one tenant would change the rows of all.
  if (!found.forced) throw failed(`${name} is not under forced row-level security.`);
  if (!(found.type in LOWEST)) throw failed(`The key of ${name} is ${found.type}.`);
  return found.type;
}

function failed(detail: string): RingfenceError {
  return new RingfenceError('MIGRATION_FAILED', { detail });
}
