import { quoteIdentifier } from '../../sql/index.js';
import type { Relation } from '../catalog/catalog.js';
import type { Mutant, Mutate } from './mutant.js';

/** The schema that holds what a mutant makes; `ringfence` in its name would hide it. */
const PLACE = 'planted';

/** Puts things beside the tables that hand their rows out. */
export const objectMutants: Mutate = ({ tables, columns }) =>
  tables.flatMap((table) => beside(table, columns.get(table.id)));

function beside(table: Relation, column: string | undefined): Mutant[] {
  const made = (kind: string, name: string, ...sql: string[]): Mutant => ({
    kind,
    object: name,
    sql: [`CREATE SCHEMA ${PLACE}`, `GRANT USAGE ON SCHEMA ${PLACE} TO {app}`, ...sql],
  });
  const { sql } = table;
  const fn = (kind: string, signature: string, rest: string): Mutant =>
    made(
      kind,
      `${PLACE}.${signature.replace(/\w+ (\w+)\)/, '$1)')}`,
      `CREATE FUNCTION ${PLACE}.${signature} ${rest}`,
      `GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA ${PLACE} TO {app}`,
    );
  const relation = (kind: string, create: string): Mutant =>
    made(kind, `${PLACE}.rows`, create, `GRANT SELECT ON ${PLACE}.rows TO {app}`);
  const select = `SELECT * FROM ${sql}`;
  const body = (text: string): string => `LANGUAGE sql SECURITY DEFINER AS $f$ ${text} $f$`;
  const mutants = [
    fn('definer-function-of-all', 'rows()', `RETURNS SETOF ${sql} STABLE ${body(select)}`),
    fn('definer-function-deleting', 'purge()', `RETURNS void ${body(`DELETE FROM ${sql}`)}`),
    relation('view-of-definer', `CREATE VIEW ${PLACE}.rows AS ${select}`),
    relation('materialized-view', `CREATE MATERIALIZED VIEW ${PLACE}.rows AS ${select}`),
    relation('copy-of-table', `CREATE TABLE ${PLACE}.rows AS ${select}`),
    relation(
      'view-over-view-of-definer',
      `CREATE VIEW ${PLACE}.inner_rows AS ${select}; GRANT SELECT ON ${PLACE}.inner_rows TO {app}; CREATE VIEW ${PLACE}.rows WITH (security_invoker = true) AS SELECT * FROM ${PLACE}.inner_rows`,
    ),
  ];
  if (column === undefined) return mutants;
  const tenant = quoteIdentifier(column);
  return [
    ...mutants,
    fn(
      'definer-function-by-argument',
      'rows(wanted text)',
      `RETURNS SETOF ${sql} STABLE ${body(`${select} WHERE ${tenant}::text = wanted`)}`,
    ),
    fn(
      'definer-function-telling',
      'known(wanted text)',
      `RETURNS boolean STABLE ${body(`SELECT EXISTS (SELECT FROM ${sql} WHERE ${tenant}::text = wanted)`)}`,
    ),
  ];
}
