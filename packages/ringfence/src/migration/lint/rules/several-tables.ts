import type { SqlFile } from '../../folder/index.js';
import { shown } from '../read-names.js';
import type { Statement } from '../read-statements.js';
import type { LintRule } from '../rule.js';
import { isNew } from '../world.js';

const LOCKING = new Set([
  'add column',
  'add constraint',
  'column type',
  'set not null',
  'drop',
  'drop constraint',
  'row security',
  'alter table',
  'create trigger',
]);

export const severalTables: LintRule = {
  id: 'several-tables',
  title: 'One transaction locks several tables in use',
  severity: 'warning',
  consequence:
    'The lock of the first is held while it waits for the second: longer for everybody, and a deadlock with code that takes them the other way round.',
  instead: 'One table a file: expand.sql, expand-2.sql, …',
  *atEnd(world) {
    const seen = new Map<SqlFile, Map<string, Statement>>();
    for (const statement of world.statements) {
      for (const change of statement.changes) {
        if (!LOCKING.has(change.kind) || !('table' in change) || !change.table) continue;
        if (isNew(world.table(change.table)) || !statement.file.transaction) continue;
        const tables = seen.get(statement.file) ?? new Map<string, Statement>();
        seen.set(statement.file, tables.set(shown(change.table), statement));
      }
    }
    for (const [file, tables] of seen) {
      const last = [...tables.values()].at(-1);
      const validates = world.statements.some(
        (each) => each.file === file && each.changes.some(({ kind }) => kind === 'validate'),
      );
      if (tables.size > 1 && last && !validates) {
        yield { statement: last, evidence: [...tables.keys()].join(', ') };
      }
    }
  },
};
