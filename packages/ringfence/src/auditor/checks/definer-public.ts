import type { Check } from '../check.js';
import { definers } from '../definer-code.js';
import { routineObject, sqlSignature } from '../objects.js';

export const definerPublic: Check = {
  id: 'definer-public',
  title: 'A SECURITY DEFINER function is executable by PUBLIC',
  severity: 'high',
  consequence: "Every login can run it with its owner's rights.",
  *run(survey) {
    for (const routine of definers(survey)) {
      if (routine.returns === 'trigger' || routine.returns === 'event_trigger') continue;
      if (!routine.acl.some(({ grantee, privilege }) => grantee === '' && privilege === 'EXECUTE'))
        continue;
      if (!survey.personas.some((persona) => survey.canUse(persona, routine.schema))) continue;
      yield {
        object: routineObject(routine),
        evidence: `SECURITY DEFINER as ${routine.owner}, EXECUTE for PUBLIC`,
        fix: `REVOKE EXECUTE ON FUNCTION ${sqlSignature(routine)} FROM PUBLIC;`,
      };
    }
  },
};
