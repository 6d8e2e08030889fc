import { shown } from '../read-names.js';
import type { LintRule } from '../rule.js';

export const refreshBlocks: LintRule = {
  id: 'refresh-blocks',
  title: 'A materialized view is refreshed under a lock',
  severity: 'error',
  consequence: 'ACCESS EXCLUSIVE lock on the view while it is computed: nobody reads it.',
  instead:
    'REFRESH MATERIALIZED VIEW CONCURRENTLY, which needs a unique index; outside a migration.',
  *find(change) {
    if (change.kind === 'refresh' && !change.concurrent) yield shown(change.view);
  },
};
