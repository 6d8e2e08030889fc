import type { Check } from '../check.js';
import { relationObject } from '../objects.js';

/** Parts of a token or profile that users of common identity services may change themselves. */
const OWN =
  /'(user_metadata|raw_user_meta_data|unsafe_metadata|public_profile)'|\braw_user_meta_data\b/;

export const policyUserClaim: Check = {
  id: 'policy-user-claim',
  title: 'A policy trusts a claim that users may change themselves',
  severity: 'critical',
  consequence: 'A user writes the id of another tenant into the own profile and is in it.',
  *run(survey) {
    for (const table of survey.tables) {
      if (!table.rls || survey.isGlobal(table)) continue;
      for (const { name, using, check, functions } of survey.policies(table)) {
        const bodies = functions.flatMap((oid) => survey.routine(oid)?.body ?? []);
        const [claim] = OWN.exec([using, check, ...bodies].join(' ')) ?? [];
        if (claim === undefined) continue;
        yield { object: relationObject(table), evidence: `policy ${name} reads ${claim}` };
        break;
      }
    }
  },
};
