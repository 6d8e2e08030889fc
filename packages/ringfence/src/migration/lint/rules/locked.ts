import { shown } from '../read-names.js';
import type { LintRule } from '../rule.js';

export const locked: LintRule = {
  id: 'locked',
  title: 'A file locks a table by itself',
  severity: 'error',
  consequence:
    'It is held until the end of the transaction, and usually more than the statements need.',
  instead: 'Leave it out: each statement takes the lock that it needs.',
  *find(change) {
    if (change.kind === 'lock') yield change.tables.map(shown).join(', ');
  },
};
