import type { Command, Relation } from './catalog.js';
import { PHASES, type Phase } from './policy-set.js';
import type { Judgement } from './probe.js';
import type { Survey } from './survey.js';

/** A command that a persona may run on rows of another tenant, policies notwithstanding. */
export interface Opening {
  readonly persona: string;
  readonly command: Command;
  readonly phase: Phase;
  readonly judgement: Judgement;
}

const seen = new WeakMap<Survey, Map<string, readonly Opening[]>>();

/** Everything that application roles can do to a protected table across tenants. */
export function openings(survey: Survey, table: Relation): readonly Opening[] {
  const known = seen.get(survey) ?? new Map<string, readonly Opening[]>();
  seen.set(survey, known);
  const found = known.get(table.oid) ?? find(survey, table);
  known.set(table.oid, found);
  return found;
}

function find(survey: Survey, table: Relation): Opening[] {
  if (!table.rls || survey.isGlobal(table)) return [];
  const found: Opening[] = [];
  for (const command of Object.keys(PHASES) as Command[]) {
    for (const persona of survey.holders(table, command)) {
      if (survey.exempt(table, persona)) continue;
      for (const phase of PHASES[command]) {
        const judgement = survey.judge({ table, persona, command, phase });
        if (judgement?.state === 'open') found.push({ persona, command, phase, judgement });
      }
    }
  }
  return found;
}

/** Columns that say that a row is meant for everybody. */
const SHARING = /public|shared|global|template|publish|visib|common|default|system|sample|builtin/i;

/**
 * How bad an opening is: `all` rows, `shared` rows only (those with a flag), those of a `fixed` tenant,
 * `orphan` rows only.
 */
export function breadth({
  judgement,
}: Opening): 'all' | 'flagged' | 'shared' | 'fixed' | 'orphan' | 'none' {
  const rows = new Set(
    judgement.holes.filter(({ context }) => context === 'other').map(({ row }) => row),
  );
  if (rows.has('bare') || rows.has('falsy')) return 'all';
  if (rows.has('truthy') || rows.has('literal')) {
    return SHARING.test(judgement.predicate) ? 'shared' : 'flagged';
  }
  if (rows.has('fixed')) return 'fixed';
  return rows.has('orphan') ? 'orphan' : 'none';
}

/** `SELECT using (…)`, for evidence. */
export function describeOpening({ persona, command, phase, judgement }: Opening): string {
  const clause = phase === 'using' ? 'USING' : 'WITH CHECK';
  const text = judgement.predicate.replaceAll(/\s+/g, ' ');
  const short = text.length > 300 ? `${text.slice(0, 300)}…` : text;
  return `${command} ${clause} as ${persona}: ${short}`;
}
