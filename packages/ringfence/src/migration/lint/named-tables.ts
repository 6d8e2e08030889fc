import type { TableRef } from './change.js';
import { shown } from './read-names.js';
import type { Statement } from './read-statements.js';

/** Every table that the statements name, once. */
export function namedTables(statements: readonly Statement[]): TableRef[] {
  const refs = statements.flatMap(({ changes }) =>
    changes.flatMap((change) => [
      ...('table' in change && change.table ? [change.table] : []),
      ...('tables' in change ? change.tables : []),
      ...(change.kind === 'add constraint' && change.constraint.parent
        ? [change.constraint.parent]
        : []),
      ...(change.kind === 'create table'
        ? change.constraints.flatMap(({ parent }) => (parent ? [parent] : []))
        : []),
    ]),
  );
  return [...new Map(refs.map((ref) => [shown(ref), ref])).values()];
}
