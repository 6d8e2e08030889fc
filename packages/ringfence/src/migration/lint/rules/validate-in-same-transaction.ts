import { shown } from '../read-names.js';
import type { LintRule } from '../rule.js';

export const validateInSameTransaction: LintRule = {
  id: 'validate-in-same-transaction',
  title: 'A constraint is validated in the transaction that adds it',
  severity: 'error',
  consequence:
    'The lock of ADD CONSTRAINT is held until the end: it stops everybody while the validation reads the table.',
  instead: 'Two files: expand.sql adds it NOT VALID, expand-2.sql validates it.',
  *find(change, { statement, world }) {
    if (change.kind !== 'validate') return;
    const made = world
      .table(change.table)
      .constraints.find((each) => each.change.name === change.constraint);
    if (made?.statement.file === statement.file)
      yield `${change.constraint} of ${shown(change.table)}`;
  },
};
