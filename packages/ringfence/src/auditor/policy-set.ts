import type { Command, Policy, Relation } from './catalog.js';
import type { Rights } from './rights.js';

/** `using`: which rows are seen by the command; `check`: which rows may be written. */
export type Phase = 'using' | 'check';

/** The policies that one command of one persona meets. */
export interface PolicySet {
  readonly permissive: readonly Policy[];
  readonly restrictive: readonly Policy[];
  /** (permissive OR …) AND restrictive AND …; `false` when nothing permits. */
  readonly predicate: string;
}

/**
 * The effective predicate of a command. An UPDATE or DELETE that reads no column meets its own policies
 * only: the SELECT policies join in as soon as a WHERE or RETURNING reads one, so each is judged alone.
 *
 * @see PostgreSQL manual, CREATE POLICY, "Application of Multiple Policies"
 */
export function policySet(
  policies: readonly Policy[],
  rights: Rights,
  persona: string,
  command: Command,
  phase: Phase,
): PolicySet {
  const held = rights.inherits(persona);
  const applicable = policies.filter(
    (policy) =>
      (policy.command === 'ALL' || policy.command === command) &&
      policy.roles.some((role) => role === '' || held.has(role)),
  );
  const permissive = applicable.filter((policy) => policy.permissive);
  const restrictive = applicable.filter((policy) => !policy.permissive);
  const text = (policy: Policy): string => expressionOf(policy, phase) ?? 'true';
  const any = permissive.length > 0 ? [...new Set(permissive.map(text))].join(' OR ') : 'false';
  const all = restrictive.map((policy) => ` AND ${text(policy)}`);
  return { permissive, restrictive, predicate: `(${any})${[...new Set(all)].join('')}` };
}

/** WITH CHECK defaults to USING. */
export function expressionOf(policy: Policy, phase: Phase): string | null {
  const expression = phase === 'check' ? (policy.check ?? policy.using) : policy.using;
  return expression === null ? null : `(${expression})`;
}

/** Which phases a command has. */
export const PHASES: Readonly<Record<Command, readonly Phase[]>> = {
  SELECT: ['using'],
  INSERT: ['check'],
  UPDATE: ['using', 'check'],
  DELETE: ['using'],
};

/** The policies of a table do not apply to its owner unless they are forced. */
export function exempt(table: Relation, rights: Rights, persona: string): boolean {
  return (
    rights.bypasses(persona) || !table.rls || (rights.owns(persona, table.owner) && !table.forced)
  );
}
