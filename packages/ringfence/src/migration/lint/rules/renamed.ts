import type { LintRule } from '../rule.js';

/** No statement of an application names these. */
const UNSEEN = new Set(['index', 'tabconstraint', 'policy', 'trigger', 'rule', 'sequence']);

export const renamed: LintRule = {
  id: 'renamed',
  title: 'A table, column or type is renamed',
  severity: 'error',
  consequence:
    'One of the two releases does not know the name: there is no moment at which both work.',
  instead:
    'Add the new one, keep both true with dualWriteSql(), and drop the old one in the contract. A table can stay readable under its old name as a view.',
  *find(change) {
    if (change.kind === 'rename' && !UNSEEN.has(change.what)) yield `${change.what} ${change.name}`;
    if (change.kind === 'set schema') yield `${change.what} ${change.name} moves`;
  },
};
