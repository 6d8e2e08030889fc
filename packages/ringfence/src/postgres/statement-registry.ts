import type { FieldDef } from 'pg';
import { isTransactional, leavesNoResidue } from '../sql/index.js';

/** How a statement is to be sent on one connection. */
export interface StatementPlan {
  readonly name?: string;
  readonly known?: { readonly fields: FieldDef[] };
  readonly close?: string;
}

const MAX_NAMED = 200;
const MAX_SEEN = 1000;
/** Longer texts are written by hand or hold lists, and do not come again. */
const MAX_LENGTH = 20_000;
const UNNAMED: StatementPlan = {};

/**
 * What one connection knows: its named statements, and whether raw SQL may have left something behind.
 *
 * A text is named when it is seen for the second time, so that one-off SQL does not fill the server; the
 * oldest name is given up for a new one. Only statements that leave no residue are named, and none is
 * once anything else has run here: SQL can replace a named statement, and it would then run for whoever
 * comes next.
 */
export class StatementRegistry {
  readonly #named = new Map<string, { name: string; fields: FieldDef[] }>();
  readonly #seen = new Set<string>();
  readonly #uncertain: string[] = [];
  readonly #enabled: boolean;
  #names = 0;
  #tainted = false;

  constructor(enabled: boolean) {
    this.#enabled = enabled;
  }

  /** May something that is not a row have been left on the connection? */
  get tainted(): boolean {
    return this.#tainted;
  }

  /** Decides how to send a statement, before it is sent. */
  plan(text: string): StatementPlan {
    if (!isClean(text)) this.#tainted = true;
    if (!this.#enabled || this.#tainted || text.length > MAX_LENGTH) return UNNAMED;
    // COMMIT must not fail because a name is gone.
    if (isTransactional(text)) return UNNAMED;
    const known = this.#named.get(text);
    if (known) {
      // Put to the end: the first one of the map is the one that was not used for longest.
      this.#named.delete(text);
      this.#named.set(text, known);
      return { name: known.name, known };
    }
    if (!this.#seen.delete(text)) {
      if (this.#seen.size >= MAX_SEEN) this.#seen.clear();
      this.#seen.add(text);
      return UNNAMED;
    }
    this.#names += 1;
    const name = `rf_${this.#names}`;
    const close = this.#uncertain.pop() ?? this.#evict();
    return close === undefined ? { name } : { name, close };
  }

  /** Keeps a name that was taken without an error; a failed one may or may not stand on the server. */
  learn(text: string, plan: StatementPlan, fields: FieldDef[] | undefined, failed: boolean): void {
    if (plan.name === undefined || plan.known) return;
    if (failed) this.#uncertain.push(plan.name);
    else this.#named.set(text, { name: plan.name, fields: fields ?? [] });
  }

  /** The server does not have the statement any more, or not as it was. */
  forget(text: string): void {
    const known = this.#named.get(text);
    if (known) this.#uncertain.push(known.name);
    this.#named.delete(text);
    this.#seen.delete(text);
  }

  /** The connection is as new: DISCARD ALL has run. */
  reset(): void {
    this.#named.clear();
    this.#seen.clear();
    this.#uncertain.length = 0;
    this.#tainted = false;
  }

  #evict(): string | undefined {
    if (this.#named.size < MAX_NAMED) return undefined;
    const [oldest] = this.#named;
    if (!oldest) return undefined;
    this.#named.delete(oldest[0]);
    return oldest[1].name;
  }
}

/** Answers are kept: telling costs more than a look-up, and applications repeat themselves. */
const answers = new Map<string, boolean>();
const KEPT_ANSWERS = 2000;

/** Can this statement leave nothing on its connection? See `leavesNoResidue`. */
export function isClean(text: string): boolean {
  let clean = answers.get(text);
  if (clean === undefined) {
    clean = leavesNoResidue(text);
    if (answers.size >= KEPT_ANSWERS) answers.clear();
    if (text.length <= MAX_LENGTH) answers.set(text, clean);
  }
  return clean;
}
