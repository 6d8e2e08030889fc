import type { Party } from './scene.js';
import type { Outcome, Statement } from './session.js';

/**
 * What of the victim stands in an answer (or in the text of an error) and did not stand in the
 * statements already: a value that the attacker did not have.
 */
export function learnt(
  victim: Party,
  outcome: Outcome,
  statements: readonly Statement[] = [],
): string | undefined {
  const known = statements
    .flatMap(({ text, values = [] }) => [text, ...values.filter((value) => value !== null)])
    .join('\n');
  const texts = outcome.ok ? outcome.answers.flatMap(({ rows }) => rows.flat()) : [outcome.message];
  for (const text of texts) {
    if (text === null || text === undefined) continue;
    for (const secret of victim.secrets) {
      if (String(text).includes(secret) && !known.includes(secret)) return secret;
    }
  }
  return undefined;
}

const SHORTEST_SECRET = 8;

/** The values that stand in rows of one tenant and in no row of the other. */
export function secretsOf(
  tenant: string,
  own: Iterable<ReadonlyMap<string, string | null>>,
  others: Iterable<ReadonlyMap<string, string | null>>,
): Set<string> {
  const foreign = new Set([...others].flatMap((row) => [...row.values()]));
  const secrets = new Set<string>();
  for (const row of own) {
    for (const value of row.values()) {
      if (value !== null && value.length >= SHORTEST_SECRET && !foreign.has(value)) {
        if (!isMoment(value)) secrets.add(value);
      }
    }
  }
  if (tenant.length >= SHORTEST_SECRET) secrets.add(tenant);
  return secrets;
}

/** Times differ by accident and occur elsewhere by accident too. */
function isMoment(value: string): boolean {
  return /^\d{4}-\d\d-\d\d/.test(value);
}
