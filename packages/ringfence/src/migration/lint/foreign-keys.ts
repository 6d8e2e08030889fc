import type { Change, ConstraintChange, TableRef } from './change.js';

/** The foreign keys that a change makes, of a new table or one that stands. */
export function foreignKeys(change: Change): { table: TableRef; constraint: ConstraintChange }[] {
  if (change.kind === 'add constraint' && change.constraint.kind === 'foreign') {
    return [{ table: change.table, constraint: change.constraint }];
  }
  if (change.kind !== 'create table') return [];
  return change.constraints
    .filter(({ kind }) => kind === 'foreign')
    .map((constraint) => ({ table: change.table, constraint }));
}
