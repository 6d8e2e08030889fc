import type { LintRule } from '../rule.js';

export const schemaUnnamed: LintRule = {
  id: 'schema-unnamed',
  title: 'A new table or view does not name its schema',
  severity: 'warning',
  consequence: 'The search path of whoever migrates decides where it goes.',
  instead: 'CREATE TABLE public.…',
  *find(change) {
    if (change.kind === 'create table' && !change.table.qualified && !change.temporary)
      yield change.table.name;
    if (change.kind === 'create view' && !change.view.qualified) yield change.view.name;
  },
};
