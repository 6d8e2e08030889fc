import type { Draft, Severity } from './finding.js';
import type { Survey } from './survey.js';

/** One way in which isolation fails. Its page is docs/checks/<id>.md. */
export interface Check {
  readonly id: string;
  readonly title: string;
  readonly severity: Severity;
  /** What follows, in one sentence. */
  readonly consequence: string;
  run(survey: Survey): Iterable<Draft>;
}
