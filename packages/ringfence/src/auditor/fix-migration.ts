import type { Finding } from './finding.js';
import { describeObject } from './reports/describe-finding.js';
import { printable } from './reports/printable.js';

/** A migration with every mechanical fix, to be read before it is run; what has none is listed. */
export function fixMigration(findings: readonly Finding[]): string {
  const seen = new Set<string>();
  const parts = [
    '-- Written by ringfence audit. Read it; nothing has run it. One fix may make another needless.',
  ];
  const byHand: string[] = [];
  for (const { fix, check, object, severity } of findings) {
    const what = `${severity} ${check}: ${describeObject(object)}`;
    if (fix === undefined) byHand.push(`--   ${printable(what)}`);
    else if (!seen.has(fix)) parts.push(`-- ${printable(what)}\n${fix}`);
    if (fix !== undefined) seen.add(fix);
  }
  if (byHand.length > 0) parts.push(['-- To be decided by a person:', ...byHand].join('\n'));
  return `${parts.join('\n\n')}\n`;
}
