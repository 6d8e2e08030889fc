import { shown } from '../read-names.js';
import type { LintRule } from '../rule.js';

export const tenantPolicy: LintRule = {
  id: 'tenant-policy',
  title: 'A new tenant table lacks the canonical policies',
  severity: 'error',
  consequence:
    'Without the permissive policy nobody sees a row; without the restrictive one, the next lax policy opens the table.',
  instead:
    'Both policies of tenantPolicySql(): FOR ALL TO PUBLIC, tenant_id = (SELECT ringfence.current_tenant_id()), USING and WITH CHECK.',
  *atEnd(world) {
    for (const { madeBy, ref, columns, policies } of world.newTables()) {
      if (!madeBy || !columns.has('tenant_id')) continue;
      for (const permissive of [false, true]) {
        if (policies.some((each) => each.bound && each.permissive === permissive)) continue;
        const kind = permissive ? 'permissive' : 'restrictive';
        yield {
          statement: madeBy,
          evidence: `${shown(ref)} has no ${kind} policy that holds rows to the tenant`,
        };
      }
    }
  },
};
