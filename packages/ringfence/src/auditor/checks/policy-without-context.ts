import type { Check } from '../check.js';
import { relationObject } from '../objects.js';
import { policySet } from '../policy-set.js';
import { asksWho } from '../tenant-data.js';

export const policyWithoutContext: Check = {
  id: 'policy-without-context',
  title: 'A policy depends on nothing that says who asks',
  severity: 'critical',
  consequence: 'It gives the same answer to every tenant.',
  *run(survey) {
    for (const table of survey.tables) {
      if (!table.rls || survey.isGlobal(table) || !survey.tenantColumn(table)) continue;
      const reachers = survey.reachers(table).filter((persona) => !survey.exempt(table, persona));
      for (const persona of reachers) {
        // What the server called open has a finding already.
        const judgement = survey.judge({ table, persona, command: 'SELECT', phase: 'using' });
        if (judgement?.holes.some(({ row }) => row !== 'fixed' && row !== 'keyed')) continue;
        const set = policySet(survey.policies(table), survey.rights, persona, 'SELECT', 'using');
        if (
          set.permissive.length === 0 ||
          asksWho(survey, [...set.permissive, ...set.restrictive], persona)
        )
          continue;
        yield { object: relationObject(table), evidence: `as ${persona}: ${set.predicate}` };
        break;
      }
    }
  },
};
