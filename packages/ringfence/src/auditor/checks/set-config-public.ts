import type { Check } from '../check.js';
import { databaseObject, who } from '../objects.js';

export const setConfigPublic: Check = {
  id: 'set-config-public',
  title: 'Any SQL can change the tenant context',
  severity: 'critical',
  consequence:
    'One injected expression, set_config(…) in a sub-select, moves the rest of the statement into another tenant.',
  *run(survey) {
    const { setting } = survey.tenancy;
    if (survey.proven || setting === null) return;
    const routine = survey.catalog.functions.find(
      ({ schema, name }) => schema === 'pg_catalog' && name === 'set_config',
    );
    if (!routine) return;
    const callers = survey.callers(routine);
    if (callers.length === 0) return;
    yield {
      object: databaseObject('set_config'),
      evidence: `policies believe the setting ${setting}; EXECUTE on set_config for ${who(routine.acl.map(({ grantee }) => grantee))}`,
      fix: 'REVOKE EXECUTE ON FUNCTION pg_catalog.set_config(text, text, boolean) FROM PUBLIC; -- as superuser',
    };
  },
};
