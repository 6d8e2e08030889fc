import type { Check } from '../check.js';
import { databaseObject, roleObject } from '../objects.js';
import { concerns, settingReset } from '../role-settings.js';

export const settingLargeObjects: Check = {
  id: 'setting-large-objects',
  title: 'lo_compat_privileges switches off the rights of large objects',
  severity: 'medium',
  consequence: 'Every large object is open to every role.',
  *run(survey) {
    for (const { role, name, value, here } of survey.catalog.roleSettings) {
      if (name !== 'lo_compat_privileges' || !/^(on|true|1|yes)$/i.test(value)) continue;
      if (!concerns(survey, role) && survey.catalog.largeObjects.length === 0) continue;
      yield {
        object: role === '' ? databaseObject() : roleObject(role),
        evidence: `${name} = ${value}`,
        fix: settingReset(survey, role, name, here),
      };
    }
    if (survey.catalog.settings.lo_compat_privileges === 'on') {
      yield { object: databaseObject(), evidence: 'lo_compat_privileges = on for the server' };
    }
  },
};
