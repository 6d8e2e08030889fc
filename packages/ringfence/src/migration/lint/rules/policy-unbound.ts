import { shown } from '../read-names.js';
import type { LintRule } from '../rule.js';
import { isBound, isTenantTable } from '../world.js';

export const policyUnbound: LintRule = {
  id: 'policy-unbound',
  title: 'A new policy does not hold rows to the bound tenant',
  severity: 'error',
  consequence:
    'Permissive policies add up: one that is not bound opens the table beside those that are.',
  instead:
    'USING and WITH CHECK (tenant_id = (SELECT ringfence.current_tenant_id())), FOR ALL TO PUBLIC; narrow further with a restrictive policy.',
  *find(change, { world }) {
    if (change.kind !== 'policy' || change.action !== 'create' || !change.permissive) return;
    if (isTenantTable(world.table(change.table)) === false || isBound(change)) return;
    yield `permissive policy ${change.name} on ${shown(change.table)}`;
  },
};
