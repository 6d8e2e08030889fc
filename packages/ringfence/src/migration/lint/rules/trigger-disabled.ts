import { shown } from '../read-names.js';
import type { LintRule } from '../rule.js';

export const triggerDisabled: LintRule = {
  id: 'trigger-disabled',
  title: 'A trigger is switched off',
  severity: 'error',
  consequence:
    'What it keeps true stops being true, silently: both shapes, the audit log, foreign keys.',
  instead: 'Leave it on; drop it in the contract when nothing needs it.',
  *find(change) {
    if (
      change.kind === 'alter table' &&
      /^AT_DisableTrig|^AT_EnableReplicaTrig/.test(change.command)
    ) {
      yield `a trigger of ${shown(change.table)}`;
    }
  },
};
