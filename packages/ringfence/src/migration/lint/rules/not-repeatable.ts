import { isRingfenceError } from '../../../errors/index.js';
import { repeatableStatement } from '../../ddl/repeatable-statement.js';
import type { LintRule } from '../rule.js';

export const notRepeatable: LintRule = {
  id: 'not-repeatable',
  title: 'A file without a transaction cannot be run again',
  severity: 'error',
  consequence:
    'A process that dies between the statement and the ledger leaves no trace of how far it came: the next run fails, or does it twice.',
  instead:
    'One statement with IF NOT EXISTS or IF EXISTS; everything else belongs in a transaction.',
  *find(_change, { statement, world }) {
    if (statement.file.transaction) return;
    const first = world.statements.find(({ file }) => file === statement.file);
    if (first !== statement) return;
    try {
      repeatableStatement(statement.file);
    } catch (error) {
      yield isRingfenceError(error) ? (error.detail ?? error.code) : String(error);
    }
  },
};
