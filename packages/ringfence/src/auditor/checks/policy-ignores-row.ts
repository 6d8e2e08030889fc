import { booleanTerms, type Term } from '../boolean-terms.js';
import type { Policy, Relation } from '../catalog.js';
import type { Check } from '../check.js';
import { deparsed, escaped, relationObject } from '../objects.js';
import { expressionOf } from '../policy-set.js';
import type { Survey } from '../survey.js';

export const policyIgnoresRow: Check = {
  id: 'policy-ignores-row',
  title: 'A policy looks something up without looking at the row',
  severity: 'critical',
  consequence: 'Whoever the lookup finds, or everybody once it finds anything, gets all tenants.',
  *run(survey) {
    for (const table of survey.tenantTables) {
      if (!table.rls || survey.reachers(table).length === 0) continue;
      const policies = survey.policies(table);
      const guarded = policies.some(
        (policy) => !policy.permissive && tiesEveryone(survey, table, policy),
      );
      if (guarded) continue;
      for (const policy of policies.filter(({ permissive }) => permissive)) {
        const free = [...new Set([expressionOf(policy, 'using'), expressionOf(policy, 'check')])]
          .flatMap((text) =>
            text === null ? [] : [rowFree({ survey, table, policy }, booleanTerms(text))],
          )
          .find((each) => each?.looksUp);
        if (!free) continue;
        yield {
          object: relationObject(table),
          evidence: `policy ${policy.name}: ${free.text.replaceAll(/\s+/g, ' ')}`,
        };
        break;
      }
    }
  },
};

interface Place {
  readonly survey: Survey;
  readonly table: Relation;
  readonly policy: Policy;
}

/** A way through a condition that no column of the row decides. */
interface Path {
  readonly text: string;
  /** Is something looked up on it? What only reads settings is judged by the server. */
  readonly looksUp: boolean;
}

function rowFree(place: Place, term: Term): Path | null {
  if (term.kind === 'leaf') return leafPath(place, term.text);
  const paths = term.terms.map((each) => rowFree(place, each));
  if (term.kind === 'or') {
    return paths.find((path) => path?.looksUp) ?? paths.find((path) => path !== null) ?? null;
  }
  const all = paths.flatMap((path) => path ?? []);
  if (all.length < paths.length) return null;
  return {
    text: all.map(({ text }) => text).join(' AND '),
    looksUp: all.some(({ looksUp }) => looksUp),
  };
}

function leafPath({ survey, table, policy }: Place, text: string): Path | null {
  if (/^false$/i.test(text) || mentionsRow(survey, table, text)) return null;
  return { text, looksUp: /\bFROM\b/.test(text) || callsReader(survey, policy, text) };
}

/** Outside of sub-selects its columns stand alone, inside of them behind the table's name. */
function mentionsRow(survey: Survey, table: Relation, text: string): boolean {
  const plain = text.replaceAll(/'(?:[^']|'')*'/g, "''");
  const whole = new RegExp(`(^|[^\\w."])"?${escaped(table.name)}"?(\\.|[^\\w."(])`);
  if (whole.test(plain)) return true;
  return survey
    .columns(table)
    .some(({ name }) =>
      new RegExp(`(^|[^\\w.])("${escaped(name)}"|${escaped(name)}(?!\\w))`).test(plain),
    );
}

/** Does it call a function that reads tables, without giving it the row? */
function callsReader(survey: Survey, { functions }: Policy, text: string): boolean {
  return functions.some((oid) => {
    const routine = survey.routine(oid);
    if (!routine || routine.extension || !/\bfrom\s+[\w"]/i.test(routine.body)) return false;
    return text.includes(`${deparsed(routine)}(`);
  });
}

/** A restrictive policy for everybody that the row decides. */
function tiesEveryone(survey: Survey, table: Relation, policy: Policy): boolean {
  const text = expressionOf(policy, 'using');
  return (
    text !== null &&
    policy.command === 'ALL' &&
    policy.roles.includes('') &&
    rowFree({ survey, table, policy }, booleanTerms(text)) === null &&
    text.includes(survey.tenantColumn(table)?.name ?? '')
  );
}
