/** A line that lets a rule be broken by the statement under it: `-- ringfence: allow <rule>: <reason>`. */
export interface Allowance {
  readonly rule: string;
  /** Empty when none is given: then nothing is allowed. */
  readonly reason: string;
  readonly line: number;
}

const LINE = /ringfence:\s*allow\s+([\w-]+)\s*:?\s*(.*)/;
/** Shorter is no reason that a reader could judge. */
const SHORTEST = 10;

/** Reads the allowances of one comment. */
export function readAllowances(comment: string, line: number): Allowance[] {
  return comment.split('\n').flatMap((text, at) => {
    const [, rule, rest = ''] = LINE.exec(text) ?? [];
    if (rule === undefined) return [];
    const reason = rest.replace(/\*\/\s*$/, '').trim();
    return [{ rule, reason: reason.length < SHORTEST ? '' : reason, line: line + at }];
  });
}
