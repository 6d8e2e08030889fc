import type { LintRule } from '../rule.js';

export const codeUnseen: LintRule = {
  id: 'code-unseen',
  title: 'A block of code cannot be looked into',
  severity: 'warning',
  consequence: 'What it executes is text at run time: none of the other rules sees it.',
  instead: 'Write the statements out; conditions become IF EXISTS and IF NOT EXISTS.',
  *find(change) {
    if (change.kind === 'opaque') yield change.what;
  },
};
