import { quoteIdentifier, quoteLiteral } from '../sql/index.js';
import type { Column } from './catalog.js';
import type { ProbeRow } from './probe.js';
import { tenantsOf } from './probe-contexts.js';
import { carriesKey, otherKey } from './probe-keys.js';

/** The columns that an expression speaks of; too many are harmless. */
export function mentioned(columns: readonly Column[], predicate: string): Column[] {
  return columns.filter(({ name }) => predicate.includes(name.replaceAll('"', '""')));
}

/**
 * Rows of another tenant as a sub-select under the table's own name, so that a deparsed predicate can be
 * evaluated over them as if they stood in the table. No row of the table is read.
 */
export function probeRowsSql(
  columns: readonly Column[],
  tenant: Column | undefined,
  predicate: string,
): string {
  const tenants = tenantsOf(tenant?.base ?? 'uuid');
  const rows: [ProbeRow, (column: Column) => string | null][] = [
    ['bare', () => null],
    ['truthy', (column) => truthy(column)],
    ['falsy', (column) => falsy(column)],
  ];
  for (const text of literalsOf(predicate)) {
    rows.push(['literal', (column) => (column.category === 'S' ? text : truthy(column))]);
  }
  // A row that another of its ids ties to whoever forges that.
  const key = otherKey(columns, tenant);
  if (key !== null) rows.push(['keyed', (column) => (carriesKey(column, key) ? key : null)]);
  // A row whose text columns name its tenant, for policies that compare a slug.
  rows.push(['bare', (column) => (column.category === 'S' ? tenants.row : null)]);
  for (const id of tenant ? fixedTenants(predicate, tenant) : []) {
    rows.push(['fixed', (column) => (column === tenant ? id : null)]);
  }
  const select = ([kind, value]: (typeof rows)[number]): string =>
    `SELECT ${quoteLiteral(kind)}::text AS "ringfence row"${columns
      .map(
        (column) =>
          `, ${cell(column, column === tenant && kind !== 'fixed' ? tenants.row : value(column))}`,
      )
      .join('')}`;
  const orphan: (typeof rows)[number][] = tenant && !tenant.notNull ? [['orphan', () => null]] : [];
  const orphans = orphan.map(
    ([kind]) =>
      `SELECT ${quoteLiteral(kind)}::text${columns.map((column) => `, ${cell(column, null)}`).join('')}`,
  );
  return [...rows.map(select), ...orphans].join(' UNION ALL ');
}

function cell(column: Column, value: string | null): string {
  // Of a domain the type below it: the domain might not allow NULL or what is made up here.
  const type = column.domain ? `pg_catalog.${quoteIdentifier(column.base)}` : column.type;
  const text = value === null ? 'NULL' : quoteLiteral(value);
  return `${text}::${type} AS ${quoteIdentifier(column.name)}`;
}

function truthy({ category, base }: Column): string | null {
  if (category === 'B') return 'true';
  if (category === 'N') return '1';
  if (category === 'S') return 'x';
  if (/^timestamp|^date$/.test(base)) return '2026-01-01';
  return null;
}

function falsy({ category }: Column): string | null {
  if (category === 'B') return 'false';
  if (category === 'N') return '0';
  return category === 'S' ? '' : null;
}

/** The tenants that a predicate names. */
function fixedTenants(predicate: string, { base, category }: Column): string[] {
  const all = [...predicate.matchAll(/'((?:[^']|'')*)'::(\w+)|\b(\d+)\b/g)].flatMap(
    ([, text, type, number]) => {
      if (base === 'uuid') return type === 'uuid' ? [text ?? ''] : [];
      if (category === 'N') return number === undefined ? [] : [number];
      return text === undefined || text.includes('.') ? [] : [text.replaceAll("''", "'")];
    },
  );
  return [...new Set(all)].filter((text) => text !== '').slice(0, 5);
}

function literalsOf(predicate: string): string[] {
  const all = [...predicate.matchAll(/'((?:[^']|'')*)'::(?:text|character varying|"?\w)/g)];
  return [...new Set(all.map(([, text]) => (text ?? '').replaceAll("''", "'")))]
    .filter((text) => text !== '' && !text.includes('.'))
    .slice(0, 5);
}
