import type { Check } from '../check.js';
import { databaseObject, roleObject } from '../objects.js';
import { settingReset } from '../role-settings.js';
import { contextSettings } from '../tenant-data.js';

export const settingTenantDefault: Check = {
  id: 'setting-tenant-default',
  title: 'A role or the database starts with a tenant set',
  severity: 'high',
  consequence: 'A connection that forgot its context works inside that tenant.',
  *run(survey) {
    const settings = new Set(
      survey.catalog.policies.flatMap((policy) => contextSettings(survey, policy)),
    );
    for (const { role, name, value, here } of survey.catalog.roleSettings) {
      const tenantLike =
        settings.has(name.toLowerCase()) ||
        /^\w+\.(current_)?(tenant|org|account|workspace)/i.test(name);
      if (!tenantLike || value === '') continue;
      yield {
        object: role === '' ? databaseObject() : { ...roleObject(role) },
        evidence: `SET ${name}${here ? ' in this database' : ''}`,
        fix: settingReset(survey, role, name, here),
      };
    }
  },
};
