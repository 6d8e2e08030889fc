import type { LintRule } from '../rule.js';

const TIMEOUTS = /^(?:lock|statement|transaction|idle_in_transaction_session)_timeout$/;

export const timeoutSet: LintRule = {
  id: 'timeout-set',
  title: 'A file sets its own time-outs',
  severity: 'error',
  consequence: 'A lock_timeout of 0 waits for ever, and everybody queues behind the wait.',
  instead:
    'Leave it to the runner: half a second for a lock, then it gives way and tries again. A long statement declares -- statement-timeout: 10min at the head.',
  *find(change) {
    if (change.kind === 'set' && TIMEOUTS.test(change.name)) yield `SET ${change.name}`;
  },
};
