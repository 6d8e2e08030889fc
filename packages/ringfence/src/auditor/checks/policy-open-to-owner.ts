import type { Check } from '../check.js';
import { relationObject } from '../objects.js';
import { breadth, describeOpening, openings } from '../openings.js';

export const policyOpenToOwner: Check = {
  id: 'policy-open-to-owner',
  title: 'A policy opens the table to its own owner',
  severity: 'critical',
  consequence:
    "FORCE is undone: every view and SECURITY DEFINER function of the owner shows all tenants' rows.",
  *run(survey) {
    for (const table of survey.tables) {
      if (!table.rls || !table.forced || survey.isGlobal(table)) continue;
      if (survey.rights.bypasses(table.owner) || survey.personas.includes(table.owner)) continue;
      const judgement = survey.judge({
        table,
        persona: table.owner,
        command: 'SELECT',
        phase: 'using',
      });
      const open = { persona: table.owner, command: 'SELECT', phase: 'using', judgement } as const;
      if (!judgement || breadth({ ...open, judgement }) !== 'all') continue;
      if (
        openings(survey, table).some((each) => each.command === 'SELECT' && breadth(each) === 'all')
      )
        continue;
      yield {
        object: relationObject(table),
        evidence: `true for a row of another tenant: ${describeOpening({ ...open, judgement })}`,
      };
    }
  },
};
