import type { ErrorCode } from '../errors/index.js';
import type { AccessEvent } from './access-event.js';

/** What an event counts as; one event counts as several. */
export type AccessSignal =
  | 'reads'
  | 'writes'
  | 'refused'
  | 'rows'
  | 'items'
  | 'networks'
  | 'key-networks'
  | 'missing-ids'
  | 'cross-tenant'
  | 'isolation'
  | 'forged-tokens'
  | 'failing-accounts'
  | 'operator';

/** How much of a signal an event is. */
export interface CountedSignal {
  readonly signal: AccessSignal;
  readonly amount: number;
  /** What is counted once only, however often it comes; with a minus before it, what no longer counts. */
  readonly member?: string;
}

/** A defect in the isolation, or somebody who has found one: never part of an ordinary day. */
const ISOLATION: ReadonlySet<string> = new Set<ErrorCode>([
  'EGRESS_VIOLATION',
  'ISOLATION_VIOLATION',
  'TENANT_CONTEXT_MISMATCH',
  'TENANT_CONTEXT_NESTED',
  'TENANT_CONTEXT_UNPROVEN',
  'TENANT_SWITCH_IN_TRANSACTION',
]);

/** Refusals that say something about who asks. Limits have counters of their own. */
const REFUSED: ReadonlySet<string> = new Set<ErrorCode>([
  'ACCESS_WITHDRAWN',
  'NOT_FOUND',
  'PERMISSION_DENIED',
  'REFERENCE_NOT_FOUND',
  'TENANT_SOURCES_DISAGREE',
]);

const MISSING: ReadonlySet<string> = new Set<ErrorCode>(['NOT_FOUND', 'REFERENCE_NOT_FOUND']);

/** What an event counts as. */
export function signalsOf(event: AccessEvent): CountedSignal[] {
  const { kind, code, actor, network, rows = 0, target, account } = event;
  const signals: CountedSignal[] = [];
  const count = (signal: AccessSignal, amount = 1, member?: string): void => {
    signals.push(member === undefined ? { signal, amount } : { signal, amount, member });
  };
  if (kind === 'log-in') {
    // A typo that was corrected is no attack: whoever gets in takes the account out again.
    if (account !== undefined) {
      count('failing-accounts', 1, `${code === undefined ? '-' : ''}${named(account)}`);
    }
    return signals;
  }
  if (code !== undefined) {
    if (ISOLATION.has(code)) count('isolation');
    if (code === 'TENANT_SOURCES_DISAGREE') count('cross-tenant');
    if (code === 'TOKEN_INVALID') count('forged-tokens');
  }
  if (!actor) return signals;
  if (code !== undefined && REFUSED.has(code)) {
    count('refused');
    if (MISSING.has(code) && target !== undefined) count('missing-ids', 1, named(target));
  } else count(kind === 'read' ? 'reads' : 'writes');
  if (rows > 0) {
    count('rows', rows);
    if (target !== undefined && kind === 'read') count('items');
  }
  if (network !== undefined) {
    if (actor.kind === 'api-key') count('key-networks', 1, network);
    else if (actor.privileged) count('networks', 1, network);
  }
  if (actor.kind === 'operator') count('operator');
  return signals;
}

/** Digests may begin with a minus, which would take another one out. */
function named(digest: string): string {
  return `#${digest}`;
}
