import type { TableRef } from '../change.js';
import { shown } from '../read-names.js';
import type { Statement } from '../read-statements.js';
import type { LintRule } from '../rule.js';
import { isTenantTable } from '../world.js';

export const validateBlind: LintRule = {
  id: 'validate-blind',
  title: 'A foreign key is validated where row-level security hides the rows',
  severity: 'error',
  consequence:
    'The owner under FORCE sees no row of any tenant: VALIDATE CONSTRAINT *passes* over orphans, and the planner believes it.',
  instead:
    'Count the orphans tenant by tenant (countOrphansSql() as verify.sql), then validate with FORCE lifted and put back inside one transaction: validateForeignKeySql().',
  *find(change, { statement, world }) {
    if (change.kind !== 'validate') return;
    const table = world.table(change.table);
    if (isTenantTable(table) === false) return;
    const check =
      table.facts?.constraints.find(({ name }) => name === change.constraint)?.kind === 'c';
    const made = table.constraints.find((each) => each.change.name === change.constraint)?.change;
    if (check || made?.kind === 'check' || made?.kind === 'not null') return;
    if (!statement.file.transaction || !isLifted(change.table, statement, world.statements)) {
      yield `${change.constraint} of ${shown(change.table)}`;
    }
  },
};

function isLifted(table: TableRef, until: Statement, all: readonly Statement[]): boolean {
  const before = all
    .slice(0, all.indexOf(until))
    .filter(({ file }) => file === until.file)
    .flatMap(({ changes }) => changes)
    .filter((each) => each.kind === 'row security' && shown(each.table) === shown(table));
  const last = before.at(-1);
  return last?.kind === 'row security' && last.what === 'no force';
}
