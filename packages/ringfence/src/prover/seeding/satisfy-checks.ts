import { quoteIdentifier } from '../../sql/index.js';
import type { Check, Column, Relation } from '../catalog/catalog.js';
import type { Session } from '../scene/session.js';
import { candidateValues } from './candidate-values.js';

/** Column → value in text form. */
export type Values = Map<string, string | null>;

/** How many combinations are tried at most for columns that checks tie together. */
const MOST_COMBINATIONS = 4000;

/**
 * Chooses a value for each column so that the checks of the table and of the domains hold. The database
 * itself judges: candidates are crossed and the first combination that no check refuses is taken.
 *
 * @param fixed values that are decided already: the tenant, foreign keys
 */
export async function satisfyChecks(
  admin: Session,
  table: Relation,
  columns: readonly Column[],
  fixed: Values,
  marker: string,
): Promise<Values> {
  const values: Values = new Map();
  for (const group of tiedColumns(table, columns)) {
    const checks = table.checks.filter((check) => check.columns.some((name) => group.has(name)));
    const members = table.columns.filter(({ name }) => group.has(name));
    const written = members.filter(
      ({ name }) => columns.some((one) => one.name === name) || fixed.has(name),
    );
    const candidates = written.map((column) => {
      if (fixed.has(column.name)) return [fixed.get(column.name) ?? null];
      return candidateValues(column, marker, [
        ...expressionsFor(column, checks),
        ...boundsFor(table, column),
      ]);
    });
    const needed = checks.length > 0 || written.some((one) => one.domainChecks.length > 0);
    const chosen = needed ? await firstPassing(admin, written, candidates, checks) : undefined;
    for (const [at, { name }] of written.entries()) {
      if (fixed.has(name)) continue;
      values.set(name, (chosen ? chosen[at] : candidates[at]?.[0]) ?? null);
    }
  }
  return values;
}

/** Columns that stand in one check belong together; the others stand alone. */
function tiedColumns(table: Relation, columns: readonly Column[]): Set<string>[] {
  const groups: Set<string>[] = columns.map(({ name }) => new Set([name]));
  for (const check of table.checks) {
    const tied = groups.filter((group) => check.columns.some((name) => group.has(name)));
    if (tied.length === 0) continue;
    const one = new Set([...check.columns, ...tied.flatMap((group) => [...group])]);
    for (const group of tied) groups.splice(groups.indexOf(group), 1);
    groups.push(one);
  }
  return groups;
}

function expressionsFor(column: Column, checks: readonly Check[]): string[] {
  return [
    ...checks.filter(({ columns }) => columns.includes(column.name)).map((one) => one.expression),
    ...column.domainChecks,
  ];
}

function boundsFor(table: Relation, column: Column): readonly string[] {
  return table.partitionColumns.includes(column.name) ? table.bounds : [];
}

async function firstPassing(
  admin: Session,
  columns: readonly Column[],
  candidates: readonly (readonly (string | null)[])[],
  checks: readonly Check[],
): Promise<readonly (string | null)[] | undefined> {
  const free = candidates.filter((each) => each.length > 1).length;
  const most = Math.max(2, Math.floor(MOST_COMBINATIONS ** (1 / Math.max(free, 1))));
  const from = columns.map((_, at) => `unnest($${at + 1}::text[]) WITH ORDINALITY AS u${at}(v, o)`);
  const row = columns.map(
    ({ name, baseType }, at) => `u${at}.v::${baseType} AS ${quoteIdentifier(name)}`,
  );
  const conditions = [
    ...checks.map(({ expression }) => `(${expression}) IS NOT FALSE`),
    ...columns.flatMap(({ name, domainChecks }) =>
      domainChecks.map(
        (check) =>
          `(${check.replace(/\bVALUE\b/g, () => `row.${quoteIdentifier(name)}`)}) IS NOT FALSE`,
      ),
    ),
  ];
  const text = `SELECT ${columns.map((_, at) => `u${at}.v`).join(', ')} FROM ${from.join(', ')},
    LATERAL (SELECT ${row.join(', ')}) AS row WHERE ${conditions.join(' AND ')}
    ORDER BY ${columns.map((_, at) => `u${at}.o`).join(' + ')} LIMIT 1`;
  const lists = candidates.map((each) =>
    arrayLiteral([...each.slice(0, most), ...(each.includes(null) ? [null] : [])]),
  );
  await admin.run({ text: 'SAVEPOINT choice' });
  try {
    return (await admin.run({ text, values: lists })).rows[0];
  } catch {
    return undefined;
  } finally {
    await admin.run({ text: 'ROLLBACK TO SAVEPOINT choice' });
  }
}

function arrayLiteral(values: readonly (string | null)[]): string {
  const items = values.map((value) =>
    value === null ? 'NULL' : `"${value.replace(/["\\]/g, '\\$&')}"`,
  );
  return `{${items.join(',')}}`;
}
