import type { TableRef } from '../change.js';
import { shown } from '../read-names.js';
import type { Statement } from '../read-statements.js';
import type { LintRule } from '../rule.js';

export const isolationWeakened: LintRule = {
  id: 'isolation-weakened',
  title: 'The protection of a tenant table is taken away',
  severity: 'error',
  consequence:
    'From its commit on, what is no longer held by the policy is open, to whoever holds a grant.',
  instead:
    'Write the new policy beside the old one, then drop the old one in the same transaction; FORCE may be lifted for a VALIDATE only as validateForeignKeySql() does.',
  *find(change, { statement, world }) {
    if (change.kind === 'row security' && change.what === 'disable')
      yield `${shown(change.table)} is disabled`;
    if (change.kind === 'row security' && change.what === 'no force') {
      // Lifted and put back in one transaction, nobody else ever sees it.
      const again =
        statement.file.transaction && restored(change.table, statement, world.statements);
      if (!again) yield `${shown(change.table)} is not forced any more`;
    }
    if (change.kind === 'drop' && change.what === 'policy')
      yield `policy ${change.names.join()} is dropped`;
    if (change.kind === 'policy' && change.action === 'alter')
      yield `policy ${change.name} is altered`;
  },
};

function restored(table: TableRef, from: Statement, all: readonly Statement[]): boolean {
  return all
    .slice(all.indexOf(from))
    .some(
      ({ file, changes }) =>
        file === from.file &&
        changes.some(
          (each) =>
            each.kind === 'row security' &&
            each.what === 'force' &&
            shown(each.table) === shown(table),
        ),
    );
}
