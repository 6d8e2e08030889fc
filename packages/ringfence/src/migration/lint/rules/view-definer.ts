import { shown } from '../read-names.js';
import type { LintRule } from '../rule.js';

export const viewDefiner: LintRule = {
  id: 'view-definer',
  title: "A view reads its tables with its owner's rights",
  severity: 'error',
  consequence:
    'The policies are asked about the owner of the view, not about who reads it: once the view has another owner, or FORCE is off, it shows the rows of all tenants.',
  instead:
    'CREATE VIEW … WITH (security_invoker = true). A materialized view keeps a copy that no policy guards.',
  *find(change) {
    if (change.kind !== 'create view') return;
    if (change.materialized) yield `materialized view ${shown(change.view)}`;
    else if (!change.invoker) yield `view ${shown(change.view)}`;
  },
};
