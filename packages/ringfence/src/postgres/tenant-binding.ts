import type { TenantId } from '../context/index.js';
import {
  actorSubject,
  BIND_ACTOR_STATEMENT,
  BIND_ACTOR_WITHIN_STATEMENT,
  BIND_STATEMENT,
  BIND_WITHIN_STATEMENT,
  type ContextKey,
  proveContext,
} from '../sql/index.js';
import { encodeStep, encodeStepAgain } from './encode-flight.js';
import type { FlightStep } from './flight-step.js';
import type { Keyring } from './keyring.js';

/** For `TenantPool`: bind without proofs. Whoever can run SQL as the application can be any tenant. */
export const UNPROVEN: unique symbol = Symbol('unproven');

/** How far the clocks of this process and of the database may stand apart, in seconds. */
export const CLOCK_SKEW_SECONDS = 60;
/** How long a proof is used for new transactions; a transaction that has begun keeps its own. */
const USED_SECONDS = 60;
/** How long a proof may be good for at most, counted from its making. */
export const PROOF_LIFETIME_SECONDS = USED_SECONDS + 2 * CLOCK_SKEW_SECONDS;
const KEPT_TENANTS = 10_000;
const KEPT_CLAIMS = 1_000;

const UUID_TYPE = 2950;
const TEXT_TYPE = 25;
const INTEGER_TYPE = 23;

/** How long a statement of a tenant may take, in milliseconds; nothing where there is no limit. */
export type TimeLimit = (tenantId: TenantId) => number | undefined;

/** What the pool's setting says, as a question per tenant. */
export function timeLimitOf(
  setting: number | ((tenantId: TenantId) => number | undefined) | undefined,
): TimeLimit {
  return typeof setting === 'function' ? setting : () => setting;
}

/** Makes the step that binds a transaction, to go ahead of its first statement. */
export type TenantBinding = (tenantId: TenantId) => FlightStep;

/**
 * The binding of a pool. A proof and its messages are made once per tenant and minute: signing costs
 * more than all the rest of a flight.
 */
export function tenantBinding(
  keyring: Keyring | typeof UNPROVEN,
  timeLimit: TimeLimit = timeLimitOf(undefined),
): TenantBinding {
  const kept = new Map<TenantId, KeptStep>();
  return (tenantId) => {
    const now = Date.now() / 1000;
    const key = keyring === UNPROVEN ? undefined : keyring.signingKey();
    let own = kept.get(tenantId);
    if (!own || own.usedUntil < now || own.kid !== key?.kid) {
      const usedUntil = now + USED_SECONDS;
      const step = bindingStep(tenantId, key, usedUntil, timeLimit(tenantId));
      own = { step, kid: key?.kid, usedUntil };
      if (kept.size >= KEPT_TENANTS) kept.clear();
      kept.set(tenantId, own);
    }
    return own.step;
  };
}

/** Makes the step that binds a transaction and says who acts in it. */
export type ActorBinding = (tenantId: TenantId, claim: string) => FlightStep;

/**
 * The binding of transactions that may change something. The claim is signed with the tenant, so that
 * SQL of the application can neither name somebody else nor take a claim along to another tenant.
 *
 * @see audit-log-recording.ts in the room sql, where the database verifies it
 */
export function actorBinding(
  keyring: Keyring | typeof UNPROVEN,
  timeLimit: TimeLimit,
): ActorBinding {
  const kept = new Map<string, KeptStep>();
  return (tenantId, claim) => {
    const now = Date.now() / 1000;
    const key = keyring === UNPROVEN ? undefined : keyring.signingKey();
    const subject = actorSubject(tenantId, claim);
    let own = kept.get(subject);
    if (!own || own.usedUntil < now || own.kid !== key?.kid) {
      const usedUntil = now + USED_SECONDS;
      const prove = (text: string): string =>
        key ? proveContext(key, text, Math.ceil(usedUntil + CLOCK_SKEW_SECONDS)) : '';
      const step = {
        text: BIND_ACTOR_STATEMENT,
        values: [tenantId, prove(tenantId), claim, prove(subject)],
        types: [UUID_TYPE, TEXT_TYPE, TEXT_TYPE, TEXT_TYPE],
      };
      const limited = within(step, BIND_ACTOR_WITHIN_STATEMENT, timeLimit(tenantId));
      own = { step: encoded(limited), kid: key?.kid, usedUntil };
      // Most claims are of one request and do not come again.
      if (kept.size >= KEPT_CLAIMS) kept.clear();
      kept.set(subject, own);
    }
    return own.step;
  };
}

/**
 * Signs a subject other than a tenant id, so that the database can tell what the process has found out
 * from what somebody says: `ringfence.is_proven` verifies it. The empty text where proofs are not used.
 */
export function proveSubject(keyring: Keyring | typeof UNPROVEN, subject: string): string {
  if (keyring === UNPROVEN) return '';
  const expiry = Math.ceil(Date.now() / 1000 + CLOCK_SKEW_SECONDS);
  return proveContext(keyring.signingKey(), subject, expiry);
}

interface KeptStep {
  readonly step: FlightStep;
  readonly kid: string | undefined;
  readonly usedUntil: number;
}

function bindingStep(
  tenantId: TenantId,
  key: ContextKey | undefined,
  usedUntil: number,
  milliseconds: number | undefined,
): FlightStep {
  const step: BindingCall = key
    ? {
        text: BIND_STATEMENT.proven,
        values: [tenantId, proveContext(key, tenantId, Math.ceil(usedUntil + CLOCK_SKEW_SECONDS))],
        types: [UUID_TYPE, TEXT_TYPE],
      }
    : { text: BIND_STATEMENT.unproven, values: [tenantId], types: [UUID_TYPE] };
  const statement = BIND_WITHIN_STATEMENT[key ? 'proven' : 'unproven'];
  return encoded(within(step, statement, milliseconds));
}

interface BindingCall {
  readonly text: string;
  readonly values: readonly string[];
  readonly types: readonly number[];
}

/** The same binding with a time limit, where there is one. */
function within(step: BindingCall, text: string, milliseconds: number | undefined): BindingCall {
  if (milliseconds === undefined) return step;
  return {
    text,
    values: [...step.values, String(milliseconds)],
    types: [...step.types, INTEGER_TYPE],
  };
}

function encoded(step: FlightStep): FlightStep {
  return { ...step, bytes: encodeStep(step), again: encodeStepAgain(step) };
}
