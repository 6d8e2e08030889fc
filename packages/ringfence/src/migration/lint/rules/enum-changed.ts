import type { LintRule } from '../rule.js';

export const enumChanged: LintRule = {
  id: 'enum-changed',
  title: 'An enum value is renamed, or added in a way that cannot be repeated',
  severity: 'error',
  consequence:
    'The old release does not know a renamed value; a value that exists already fails the file.',
  instead:
    'ADD VALUE IF NOT EXISTS. Instead of a rename add the new value, backfill, and leave the old one unused.',
  *find(change) {
    if (change.kind !== 'enum') return;
    if (change.what === 'rename value') yield `a value of ${change.type} is renamed`;
    else if (!change.ifNotExists) yield `${change.type} without IF NOT EXISTS`;
  },
};
