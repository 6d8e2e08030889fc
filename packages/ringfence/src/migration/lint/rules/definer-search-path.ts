import type { LintRule } from '../rule.js';

export const definerSearchPath: LintRule = {
  id: 'definer-search-path',
  title: 'A SECURITY DEFINER function does not fix its search_path',
  severity: 'error',
  consequence:
    "It runs with its owner's rights, and the caller decides which tables and functions its names mean.",
  instead: 'SET search_path = pg_catalog, pg_temp, and qualify every other name.',
  *find(change) {
    if (change.kind === 'create function' && change.definer && !change.searchPath) {
      yield `function ${change.name}`;
    }
  },
};
