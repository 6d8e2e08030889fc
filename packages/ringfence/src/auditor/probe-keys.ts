import type { Column } from './catalog.js';

/**
 * The value of another id of a probed row than its tenant's (of its author, say), in a form that the
 * columns take; null where they can hold none.
 */
export function otherKey(columns: readonly Column[], tenant: Column | undefined): string | null {
  const others = columns.filter((column) => column !== tenant);
  if (others.some(takesText)) return '3f9b2c74-8d15-4e60-a7c8-52e1d0b6f493';
  return others.some(({ category }) => category === 'N') ? '918273' : null;
}

/** Does a column of this row carry that id? */
export function carriesKey(column: Column, key: string): boolean {
  return takesText(column) || (column.category === 'N' && /^\d+$/.test(key));
}

function takesText({ base, category }: Column): boolean {
  return base === 'uuid' || category === 'S';
}
