import type { LintRule } from '../rule.js';

export const concurrentlyInTransaction: LintRule = {
  id: 'concurrently-in-transaction',
  title: 'A concurrent statement stands in a transaction',
  severity: 'error',
  consequence: 'PostgreSQL refuses it; nothing of the file is applied.',
  instead: 'Give it a file of its own, expand-2.sql, that begins with -- no-transaction.',
  *find(change, { statement }) {
    const concurrent =
      ('concurrent' in change && change.concurrent && change.kind !== 'refresh') ||
      change.kind === 'vacuum';
    if (concurrent && statement.file.transaction) yield `${statement.file.file} is a transaction`;
  },
};
