import type { FieldDef } from 'pg';
import type { KnownStatement } from './flight-step.js';
import { MAX_REPEATED_LENGTH, type StatementFacts } from './statement-facts.js';

/** How a statement is to be sent on one connection. */
export interface StatementPlan {
  readonly name?: string;
  readonly known?: KnownStatement;
  readonly close?: string;
}

const MAX_NAMED = 200;
const MAX_SEEN = 1000;
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
  readonly #named = new Map<string, KnownStatement>();
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
  plan(text: string, { clean, transactional }: StatementFacts): StatementPlan {
    if (!clean) this.#tainted = true;
    if (!this.#enabled || this.#tainted || text.length > MAX_REPEATED_LENGTH) return UNNAMED;
    // COMMIT must not fail because a name is gone.
    if (transactional) return UNNAMED;
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

  /** The server does not have the statement any more, or not as it was. @returns was it named? */
  forget(text: string): boolean {
    const known = this.#named.get(text);
    if (known) this.#uncertain.push(known.name);
    this.#seen.delete(text);
    return this.#named.delete(text);
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
