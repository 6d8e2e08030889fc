import type { LintRule } from '../rule.js';

export const functionSchema: LintRule = {
  id: 'function-schema',
  title: 'A function is made in a schema that nobody named, or in the machinery',
  severity: 'error',
  consequence:
    'Without a schema the search path of whoever migrates decides where it goes; what stands in schema ringfence is replaced by the next release of the library.',
  instead: 'Name a schema of your own: CREATE FUNCTION shop.total().',
  *find(change) {
    if (change.kind === 'create function' && change.schema === undefined)
      yield `function ${change.name}`;
    if (change.kind === 'create function' && change.schema === 'ringfence')
      yield `function ringfence.${change.name}`;
    if ('table' in change && change.table?.schema === 'ringfence') {
      yield `${change.kind} on ringfence.${change.table.name}`;
    }
  },
};
