import type { Node } from 'libpg-query';
import { quoteIdentifier } from '../../sql/index.js';
import { namedColumns } from './read-column.js';
import type { Statement } from './read-statements.js';
import type { WorldTable } from './world.js';

/** Has an earlier file, or the database, validated that the column is nowhere NULL? */
export function isProven(table: WorldTable, column: string, statement: Statement): boolean {
  const written = [column, quoteIdentifier(column)].map((name) => `CHECK ((${name} IS NOT NULL))`);
  const stands = table.facts?.constraints.some(
    (each) => each.validated && written.includes(each.definition),
  );
  return (
    stands === true ||
    table.constraints.some(
      ({ change, statement: by }) =>
        by.file !== statement.file &&
        change.kind === 'check' &&
        change.name !== undefined &&
        table.validated.has(change.name) &&
        isNotNull(change.expression, column),
    )
  );
}

function isNotNull(node: Node | undefined, column: string): boolean {
  if (!node || !('NullTest' in node)) return false;
  return node.NullTest.nulltesttype === 'IS_NOT_NULL' && namedColumns(node).includes(column);
}
