import type { Relation } from '../catalog.js';
import type { Check } from '../check.js';
import { relationObject } from '../objects.js';
import { breadth, describeOpening, openings } from '../openings.js';
import type { Survey } from '../survey.js';
import { contextSettings } from '../tenant-data.js';

/** Parameters of the server that say who is connected, or that a client may fill with anything. */
const BUILT_IN =
  /^(application_name|role|session_authorization|is_superuser|search_path|timezone|datestyle|server_version(_num)?|lc_\w+|default_\w+|transaction_\w+|row_security)$/;

export const policyOtherSetting: Check = {
  id: 'policy-other-setting',
  title: 'A policy reads another setting than the rest of the database',
  severity: 'medium',
  consequence: 'The binder never sets it: an outage, or a second, forgotten way to name a tenant.',
  *run(survey) {
    for (const table of survey.tables) {
      const open = openings(survey, table).filter(
        (each) =>
          breadth(each) === 'none' &&
          each.judgement.holes.some(({ context }) => context === 'other-setting') &&
          !each.judgement.holes.some(({ context }) => context === 'forged'),
      );
      const [worst] = open;
      const plain = table.rls && !survey.isGlobal(table) ? unsettable(survey, table) : undefined;
      if (plain !== undefined) {
        yield {
          object: relationObject(table),
          evidence: `${plain} has no dot in its name: no application can set it`,
          consequence: 'It is never set: an outage that invites a policy without it.',
        };
        continue;
      }
      if (!worst) continue;
      yield {
        object: relationObject(table),
        evidence: `does not follow ${survey.tenancy.setting}: ${describeOpening(worst)}`,
      };
    }
  },
};

function unsettable(survey: Survey, table: Relation): string | undefined {
  return survey
    .policies(table)
    .flatMap((policy) => contextSettings(survey, policy))
    .find((name) => !name.includes('.') && !BUILT_IN.test(name));
}
