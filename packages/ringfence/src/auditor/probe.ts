import type { Command, Relation } from './catalog.js';
import type { Phase } from './policy-set.js';

/** Which row of another tenant let itself be seen or written. */
export type ProbeRow =
  | 'bare'
  | 'truthy'
  | 'falsy'
  | 'literal'
  | 'orphan'
  /** Another id than its tenant's is known to whoever asks. */
  | 'keyed'
  /** Its tenant is one that the predicate names. */
  | 'fixed';

/** Under which context it did. */
export type ProbeContext =
  | 'unset'
  | 'empty'
  | 'other'
  | 'similar'
  | 'pattern'
  | 'case'
  /** The tenant of the row, in a setting that is not the tenant's. */
  | 'other-setting'
  /** Another id of the row, in such a setting. */
  | 'other-key'
  /** A flag in such a setting. */
  | 'forged';

/** What the server said to an effective predicate. */
export interface Judgement {
  /** `unknown`: it could not be evaluated; then only its text is judged. */
  readonly state: 'tight' | 'open' | 'unknown';
  readonly holes: readonly { readonly row: ProbeRow; readonly context: ProbeContext }[];
  /** The empty context raised invalid_text_representation. */
  readonly emptyFails: boolean;
  readonly predicate: string;
  readonly why?: string;
}

/** One question: may `persona` do `command` to a row that is not its tenant's? */
export interface Question {
  readonly table: Relation;
  readonly persona: string;
  readonly command: Command;
  readonly phase: Phase;
}

export function questionKey({ table, persona, command, phase }: Question): string {
  return JSON.stringify([table.oid, persona, command, phase]);
}
