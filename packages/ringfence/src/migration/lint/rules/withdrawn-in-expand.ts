import { shown } from '../read-names.js';
import type { LintRule } from '../rule.js';
import { isNew } from '../world.js';

const GENERATED = new Set(['AT_DropExpression', 'AT_DropIdentity']);

export const withdrawnInExpand: LintRule = {
  id: 'withdrawn-in-expand',
  title: 'A right or a default is taken away while the old release still needs it',
  severity: 'error',
  consequence:
    'The old release fails with permission denied, or inserts NULL where the database filled in a value.',
  instead: 'Put it into contract.sql.',
  *find(change, { plane, world }) {
    if (plane !== 'expand') return;
    if (change.kind === 'grant' && change.revoke && change.on === 'table') {
      const used = change.tables.filter((table) => !isNew(world.table(table)));
      const roles = change.to.filter((role) => role !== 'public');
      if (used.length > 0 && roles.length > 0)
        yield `${roles.join(', ')} on ${used.map(shown).join(', ')}`;
    }
    if (change.kind !== 'alter table' || isNew(world.table(change.table))) return;
    const drops = change.command === 'AT_ColumnDefault' && !change.gives;
    if (drops || GENERATED.has(change.command)) yield `${change.name} of ${shown(change.table)}`;
  },
};
