import { shown } from '../read-names.js';
import type { Statement } from '../read-statements.js';
import type { LintRule } from '../rule.js';
import { isNew } from '../world.js';

export const droppedInExpand: LintRule = {
  id: 'dropped-in-expand',
  title: 'Something is dropped while the old release still uses it',
  severity: 'error',
  consequence:
    'Requests of the old release fail from the commit on, and a tenant cannot be switched back.',
  instead:
    'Put it into contract.sql: it runs when every tenant is switched and no older release is left.',
  *find(change, { plane, statement, world }) {
    if (plane !== 'expand' || change.kind !== 'drop' || HARMLESS.has(change.what)) return;
    if (change.table && isNew(world.table(change.table))) return;
    if (madeHere(change.names, statement, world.statements)) return;
    const on = change.table && change.what === 'column' ? ` of ${shown(change.table)}` : '';
    yield `${change.what} ${change.names.join(', ')}${on}`;
  },
};

/** Policies have a rule of their own; an index is missed by no statement. */
const HARMLESS = new Set(['policy', 'index', 'statistic_ext']);

/** DROP FUNCTION IF EXISTS before CREATE FUNCTION of the same name is a replacement. */
function madeHere(names: readonly string[], from: Statement, all: readonly Statement[]): boolean {
  return all
    .filter(({ file }) => file === from.file)
    .some(({ changes }) =>
      changes.some(
        (each) =>
          (each.kind === 'create trigger' && names.includes(`${shown(each.table)}.${each.name}`)) ||
          (each.kind === 'create function' && names.includes(`${each.schema}.${each.name}`)),
      ),
    );
}
