import type { Check } from '../check.js';
import { relationObject, sqlName, sqlRole, who } from '../objects.js';

export const privilegeGrantOption: Check = {
  id: 'privilege-grant-option',
  title: 'The application may pass its privileges on',
  severity: 'low',
  consequence: 'A session of it can open the table to other roles.',
  *run(survey) {
    for (const relation of survey.catalog.relations) {
      if (relation.extension || survey.isGlobal(relation)) continue;
      const columns = survey.columns(relation).flatMap(({ acl }) => acl);
      const passing = [...relation.acl, ...columns].filter(
        ({ grantee, grantable }) =>
          grantable &&
          grantee !== relation.owner &&
          survey.personas.some((persona) => survey.rights.inherits(persona).has(grantee)),
      );
      if (passing.length === 0) continue;
      const holders = new Set(passing.map(({ grantee }) => grantee));
      yield {
        object: relationObject(relation),
        evidence: `${who(passing.map(({ privilege }) => privilege))} WITH GRANT OPTION for ${who(holders)}`,
        fix: [...holders]
          .map(
            (each) => `REVOKE GRANT OPTION FOR ALL ON ${sqlName(relation)} FROM ${sqlRole(each)};`,
          )
          .join('\n'),
      };
    }
  },
};
