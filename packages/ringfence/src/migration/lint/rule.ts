import type { Change } from './change.js';
import type { Plane, Statement } from './read-statements.js';
import type { World } from './world.js';

/** `error` stops the migration; `warning` is shown. */
export type LintSeverity = 'error' | 'warning';

/** Where a rule looks: one change of one statement, before it happens. */
export interface Seen {
  readonly statement: Statement;
  readonly plane: Plane;
  readonly world: World;
}

/** What a rule found at the end of all files. */
export interface Late {
  readonly statement: Statement;
  readonly evidence: string;
}

/** One way in which a migration blocks others, or opens a way across tenants. Its page is docs/lint/<id>.md. */
export interface LintRule {
  readonly id: string;
  readonly title: string;
  readonly severity: LintSeverity;
  /** What is locked or lost, and for how long. */
  readonly consequence: string;
  /** What to write instead. */
  readonly instead: string;
  /** @returns the evidence of each finding. */
  find?(change: Change, seen: Seen): Iterable<string>;
  /** For what only the whole migration shows. */
  atEnd?(world: World): Iterable<Late>;
}

/** A finding, allowed or not. */
export interface LintFinding {
  readonly rule: string;
  readonly severity: LintSeverity;
  readonly file: string;
  readonly line: number;
  readonly title: string;
  readonly evidence: string;
  readonly consequence: string;
  readonly instead: string;
  /** The reason that the file gives. */
  readonly allowed?: string;
}
