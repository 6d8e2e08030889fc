import type { LedgerRing } from '../ledger/index.js';
import type { NodeSignals } from './node-signals.js';

/** What is known about a ring whose tenants are all done. */
export interface RingEvidence {
  readonly ring: Pick<LedgerRing, 'gates' | 'tenants'>;
  /** Tenants that failed for good; those that somebody put aside do not count. */
  readonly quarantined: number;
  /** Rows that verification counted as wrong, of tenants that stand in quarantine. */
  readonly mismatches: number;
  /** Since its last tenant was done. */
  readonly finishedMs: number;
  /** Before it was opened, and since. */
  readonly before: NodeSignals | undefined;
  readonly since: NodeSignals | undefined;
  /** Somebody has approved it after it was done: the numbers do not hold it any more. */
  readonly approved: boolean;
}

/** `pass`: the next one may begin. `wait`: not yet. `hold`: a person has to look. */
export interface Verdict {
  readonly verdict: 'pass' | 'wait' | 'hold';
  readonly reason: string;
}

/** Fewer requests say nothing about a share or a percentile. */
const ENOUGH_REQUESTS = 100;

/**
 * Decides whether a ring is through its gates.
 *
 * @example
 * judgeRing(evidence); // { verdict: 'hold', reason: '3 of 50 tenants are not switched' }
 */
export function judgeRing(evidence: RingEvidence): Verdict {
  const { ring, before, since } = evidence;
  const { gates, tenants } = ring;
  if (evidence.approved) return { verdict: 'pass', reason: 'approved' };
  const all = Object.values(tenants).reduce((sum, count) => sum + count, 0);
  const failed = evidence.quarantined + tenants.failed;
  const hold = (reason: string): Verdict => ({ verdict: 'hold', reason });
  if (failed > gates.failedShare * all) return hold(`${failed} of ${all} tenants are not switched`);
  if (evidence.mismatches > gates.mismatches) {
    return hold(`${evidence.mismatches} rows did not come out right`);
  }
  if (before && since && Math.min(before.requests, since.requests) >= ENOUGH_REQUESTS) {
    const growth = since.errorShare - before.errorShare;
    if (growth > gates.errorShareGrowth) {
      return hold(
        `${percent(since.errorShare)} of requests fail, before ${percent(before.errorShare)}`,
      );
    }
    if (before.p95Ms > 0 && since.p95Ms > before.p95Ms * gates.p95Growth) {
      return hold(`the 95th percentile is ${milliseconds(since)}, before ${milliseconds(before)}`);
    }
  }
  if (all > 0 && evidence.finishedMs < gates.soakMs) {
    return {
      verdict: 'wait',
      reason: `soaks for ${Math.ceil((gates.soakMs - evidence.finishedMs) / 1_000)} s more`,
    };
  }
  return { verdict: 'pass', reason: 'through its gates' };
}

const percent = (share: number): string => `${(share * 100).toFixed(2)} %`;
const milliseconds = ({ p95Ms }: NodeSignals): string => `${p95Ms.toFixed(1)} ms`;
