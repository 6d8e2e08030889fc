import type { Check } from '../check.js';
import { databaseObject, roleObject } from '../objects.js';
import { concerns, settingReset } from '../role-settings.js';

export const settingRowSecurity: Check = {
  id: 'setting-row-security',
  title: 'row_security is off for a role or the database',
  severity: 'low',
  consequence:
    'Queries fail instead of being filtered, and somebody will "fix" that with BYPASSRLS.',
  *run(survey) {
    for (const { role, name, value, here } of survey.catalog.roleSettings) {
      if (name !== 'row_security' || value !== 'off' || !concerns(survey, role)) continue;
      yield {
        object: role === '' ? databaseObject() : roleObject(role),
        evidence: 'row_security = off',
        fix: settingReset(survey, role, name, here),
      };
    }
  },
};
