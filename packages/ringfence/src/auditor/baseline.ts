import { readFileSync } from 'node:fs';
import { RingfenceError } from '../errors/index.js';
import type { AuditReport } from './audit.js';
import { SEVERITIES } from './finding.js';

/** A finding that somebody decided to live with, until a day. */
export interface AcceptedFinding {
  readonly key: string;
  readonly reason: string;
  /** `YYYY-MM-DD`; from the next day on the finding counts again. */
  readonly expires: string;
}

/**
 * Reads accepted findings: `{ "accepted": [{ "key", "reason", "expires" }] }`.
 *
 * @throws RingfenceError `CONFIGURATION_INVALID` when an entry lacks its reason or its day.
 */
export function readBaseline(file: string): AcceptedFinding[] {
  let content: unknown;
  try {
    content = JSON.parse(readFileSync(file, 'utf8'));
  } catch (cause) {
    throw invalid(`${file} cannot be read as JSON.`, cause);
  }
  const accepted = (content as { accepted?: unknown }).accepted;
  if (!Array.isArray(accepted)) throw invalid(`${file} has no list "accepted".`);
  return accepted.map((entry, at) => acceptedFinding(entry, `Entry ${at + 1} of ${file}`));
}

/**
 * One accepted finding, as somebody wrote it; `name` says where.
 *
 * @throws RingfenceError `CONFIGURATION_INVALID` when it lacks its key, its reason or its day.
 */
export function acceptedFinding(entry: unknown, name: string): AcceptedFinding {
  const { key, reason, expires } = (entry ?? {}) as Partial<Record<string, unknown>>;
  if (typeof key !== 'string' || typeof reason !== 'string' || reason.trim() === '') {
    throw invalid(`${name} needs a key and a reason.`);
  }
  if (typeof expires !== 'string' || !isDay(expires)) {
    throw invalid(`${name} needs the day on which it expires, as YYYY-MM-DD.`);
  }
  return { key, reason, expires };
}

function isDay(text: string): boolean {
  return /^\d{4}-\d\d-\d\d$/.test(text) && !Number.isNaN(Date.parse(text));
}

/** The report without what is accepted; what has expired says so. */
export function applyBaseline(
  report: AuditReport,
  accepted: readonly AcceptedFinding[],
  today = new Date().toISOString().slice(0, 10),
): AuditReport & { readonly accepted: readonly AcceptedFinding[] } {
  const entries = new Map(accepted.map((entry) => [entry.key, entry]));
  const used: AcceptedFinding[] = [];
  const findings = report.findings.filter(({ key }) => {
    const entry = entries.get(key);
    if (!entry || entry.expires < today) return true;
    used.push(entry);
    return false;
  });
  const counts = Object.fromEntries(
    SEVERITIES.map((each) => [each, findings.filter(({ severity }) => severity === each).length]),
  ) as AuditReport['summary']['counts'];
  return { ...report, findings, accepted: used, summary: { ...report.summary, counts } };
}

function invalid(detail: string, cause?: unknown): RingfenceError {
  return new RingfenceError('CONFIGURATION_INVALID', { detail, cause });
}
