/** Every attack, in the order in which they run; each has a file of its name. */
export const OPERATIONS = [
  'read',
  'count',
  'insert-as-other',
  'update',
  'update-to-other',
  'move',
  'delete',
  'upsert-oracle',
  'unique-oracle',
  'foreign-key-oracle',
  'cascade',
  'returning',
  'copy',
  'truncate',
  'trigger',
  'side-effect',
  'other-setting',
  'stats',
  'explain',
  'sequence',
  'call',
  'presence',
  'context-pivot',
  'role-pivot',
  'server-access',
  'large-object',
  'pooled-connection',
  'interleaving',
] as const;

/** What was tried. */
export type Operation = (typeof OPERATIONS)[number];

/** What an attack found out about one object. */
export type Verdict =
  /** The owner sees the row, and the other tenant learnt nothing. `how` says what stood in the way. */
  | { readonly verdict: 'proven'; readonly how: string }
  /** The other tenant learnt or changed something by this statement. */
  | { readonly verdict: 'leaked'; readonly statement: string; readonly learnt: string }
  /** Nothing can be said, and why. */
  | { readonly verdict: 'not-provable'; readonly why: string };

/** One cell of the matrix tenant × tenant × object × operation. */
export type Finding = Verdict & {
  readonly attacker: string;
  readonly victim: string;
  readonly object: string;
  readonly kind:
    | 'table'
    | 'view'
    | 'materialized view'
    | 'foreign table'
    | 'sequence'
    | 'function'
    | 'context';
  readonly operation: Operation;
  /** Why this leak does not count, in the words of whoever accepted it. */
  readonly accepted?: string;
};

/** Thrown where an attack can say no more; the sentence is the finding. */
export class Unprovable extends Error {}

export const proven = (how: string): Verdict => ({ verdict: 'proven', how });
export const notProvable = (why: string): Verdict => ({ verdict: 'not-provable', why });
export const leaked = (statement: string, learnt: string): Verdict => ({
  verdict: 'leaked',
  statement,
  learnt,
});
