import type { Check } from '../check.js';
import { relationObject } from '../objects.js';

export const policyEmptyContextFails: Check = {
  id: 'policy-empty-context-fails',
  title: 'An empty context is an error instead of no rows',
  severity: 'medium',
  consequence:
    "After its first transaction a pooled connection holds '' and every query fails with 22P02.",
  *run(survey) {
    for (const table of survey.tables) {
      if (!table.rls) continue;
      const failing = survey
        .reachers(table)
        .find(
          (persona) =>
            survey.judge({ table, persona, command: 'SELECT', phase: 'using' })?.emptyFails,
        );
      if (failing === undefined) continue;
      yield {
        object: relationObject(table),
        evidence: `invalid_text_representation with the context '': ${survey.judge({ table, persona: failing, command: 'SELECT', phase: 'using' })?.predicate}`,
      };
    }
  },
};
