import type { Relation, Routine } from './catalog/catalog.js';
import type { Party, Scene } from './scene/scene.js';
import type { Finding, Operation, Verdict } from './verdict.js';

/** What an attack is aimed at. */
export type Target =
  | { readonly type: 'relation'; readonly relation: Relation }
  | { readonly type: 'routine'; readonly routine: Routine }
  | { readonly type: 'context' };

/** One attack of one tenant on one object of the other. */
export interface AttackInput<T extends Target = Target> {
  readonly scene: Scene;
  readonly attacker: Party;
  readonly victim: Party;
  readonly target: T;
}

/** On a table, view or sequence. */
export type RelationInput = AttackInput<Extract<Target, { type: 'relation' }>>;

/** One file of `attacks/`. */
export interface Attack {
  readonly operation: Operation;
  /** Is there anything to try? Where not, the matrix has no cell. */
  applies(target: Target, scene: Scene): boolean;
  run(input: AttackInput): Promise<Verdict>;
}

/** An attack on relations of some kinds. */
export function relationAttack(
  operation: Operation,
  kinds: string,
  run: (input: RelationInput, relation: Relation) => Promise<Verdict>,
  applies: (relation: Relation, scene: Scene) => boolean = () => true,
): Attack {
  return {
    operation,
    applies: (target, scene) =>
      target.type === 'relation' &&
      kinds.includes(target.relation.kind) &&
      applies(target.relation, scene),
    run: (input) => {
      const { target } = input;
      if (target.type !== 'relation') throw new Error(`${operation} attacks relations.`);
      return run({ ...input, target }, target.relation);
    },
  };
}

const KINDS: Readonly<Record<Relation['kind'], Finding['kind']>> = {
  r: 'table',
  p: 'table',
  v: 'view',
  m: 'materialized view',
  f: 'foreign table',
  S: 'sequence',
};

/** What stands in the report for a target. */
export function describeTarget(target: Target): Pick<Finding, 'object' | 'kind'> {
  if (target.type === 'context') return { object: 'tenant context', kind: 'context' };
  if (target.type === 'routine') {
    const { sql, argumentTypes } = target.routine;
    return { object: `${sql}(${argumentTypes.join(', ')})`, kind: 'function' };
  }
  return { object: target.relation.sql, kind: KINDS[target.relation.kind] };
}
