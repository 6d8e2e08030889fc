import { namedColumns } from '../read-column.js';
import { shown } from '../read-names.js';
import type { LintRule } from '../rule.js';
import { isNew } from '../world.js';

export const tightenedInExpand: LintRule = {
  id: 'tightened-in-expand',
  title: 'A column in use is held to a new rule while the old release still writes',
  severity: 'warning',
  consequence:
    'What the old release may write today is refused from the commit on, NOT VALID or not.',
  instead: 'Tighten in contract.sql; or say why the old release already keeps to it.',
  *find(change, { plane, world }) {
    if (plane !== 'expand' || !('table' in change) || !change.table) return;
    const table = world.table(change.table);
    if (isNew(table)) return;
    const old = (names: readonly string[]): string[] =>
      names.filter((name) => !table.columns.has(name));
    if (change.kind === 'set not null' && old([change.column]).length > 0) {
      yield `${change.column} of ${shown(change.table)} may not be NULL`;
    }
    if (change.kind !== 'add constraint' || change.withColumn) return;
    const { kind, columns, expression } = change.constraint;
    const named = old(kind === 'check' ? namedColumns(expression) : columns).filter(
      (each) => each !== 'tenant_id',
    );
    if (named.length > 0) yield `${kind} on ${named.join(', ')} of ${shown(change.table)}`;
  },
};
