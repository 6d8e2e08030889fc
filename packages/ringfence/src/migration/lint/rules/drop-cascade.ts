import type { LintRule } from '../rule.js';

export const dropCascade: LintRule = {
  id: 'drop-cascade',
  title: 'CASCADE drops what the file does not name',
  severity: 'error',
  consequence: 'Views, foreign keys and policies go with it, and no reviewer sees which.',
  instead: 'Name each of them: DROP without CASCADE is refused while something depends on it.',
  *find(change) {
    if (change.kind === 'drop' && change.cascade) yield `${change.what} ${change.names.join(', ')}`;
  },
};
