import { randomUUID } from 'node:crypto';
import type { TenantId } from '../context/index.js';
import type { AccessRule } from './access-rule.js';
import type { AccessTotal } from './access-store.js';
import type { AlertEvidence, NewAlert } from './alert.js';
import type { PendingCount } from './pending-counts.js';

/** The alerts that follow from where a counter stands after something was added to it. */
export function evaluateRules(
  owner: TenantId,
  pending: PendingCount,
  total: AccessTotal,
): NewAlert[] {
  return pending.watched.rules
    .filter((rule) => fires(rule, total))
    .map((rule) => ({
      id: randomUUID(),
      owner,
      rule: rule.name,
      severity: rule.severity,
      subject: pending.subject,
      at: pending.lastAt,
      coolDown: rule.coolDown,
      evidence: evidenceOf(rule, pending, total),
    }));
}

function fires({ counts, threshold, baseline = {} }: AccessRule, total: AccessTotal): boolean {
  const { factor, days, networks } = baseline;
  if (days !== undefined && total.days < days) return false;
  if (networks !== undefined && (total.known < 1 || total.known > networks)) return false;
  if (factor !== undefined && total.amount < factor * total.highest) return false;
  return countOf(counts, total) >= threshold;
}

function countOf(counts: AccessRule['counts'], { amount, members, fresh }: AccessTotal): number {
  if (counts === 'times') return amount;
  return counts === 'distinct' ? members : fresh;
}

function evidenceOf(rule: AccessRule, pending: PendingCount, total: AccessTotal): AlertEvidence {
  const { codes, requestIds } = pending;
  const { factor, days } = rule.baseline ?? {};
  return {
    count: countOf(rule.counts, total),
    threshold: rule.threshold,
    window: rule.window,
    ...(factor !== undefined && { highestBefore: total.highest }),
    ...((factor !== undefined || days !== undefined) && { daysBefore: total.days }),
    ...(codes.size > 0 && { codes: Object.fromEntries(codes) }),
    ...(requestIds.length > 0 && { requestIds: [...requestIds] }),
  };
}
