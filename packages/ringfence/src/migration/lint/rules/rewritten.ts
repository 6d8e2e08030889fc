import { shown } from '../read-names.js';
import type { LintRule } from '../rule.js';
import { isNew, sizeOf } from '../world.js';

const REWRITES: Readonly<Record<string, string>> = {
  AT_SetLogged: 'SET LOGGED',
  AT_SetUnLogged: 'SET UNLOGGED',
  AT_SetTableSpace: 'SET TABLESPACE',
  AT_SetAccessMethod: 'SET ACCESS METHOD',
  AT_SetExpression: 'SET EXPRESSION',
};

export const rewritten: LintRule = {
  id: 'rewritten',
  title: 'A table is written anew',
  severity: 'error',
  consequence:
    'ACCESS EXCLUSIVE lock while every row and every index is copied: nobody reads or writes meanwhile.',
  instead: 'Let autovacuum do its work; pg_repack, outside a migration, when space must come back.',
  *find(change, { world }) {
    if (change.kind === 'vacuum' && change.full) yield 'VACUUM FULL';
    if (change.kind === 'other' && change.node === 'ClusterStmt') yield 'CLUSTER';
    if (change.kind === 'alter table' && change.command in REWRITES) {
      const table = world.table(change.table);
      if (!isNew(table))
        yield `${REWRITES[change.command]}: ${shown(change.table)}, ${sizeOf(table)}`;
    }
  },
};
