import type { TenantId } from '../context/index.js';
import { BIND_STATEMENT, proveContext } from '../sql/index.js';
import type { FlightStep } from './flight.js';
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

const UUID_TYPE = 2950;
const TEXT_TYPE = 25;

/** Makes the step that binds a transaction, to go ahead of its first statement. */
export type TenantBinding = (tenantId: TenantId) => FlightStep;

/**
 * The binding of a pool. A proof is made once per tenant and minute: signing costs more than all the
 * rest of a flight.
 */
export function tenantBinding(keyring: Keyring | typeof UNPROVEN): TenantBinding {
  if (keyring === UNPROVEN) {
    return (tenantId) => ({
      text: BIND_STATEMENT.unproven,
      values: [tenantId],
      types: [UUID_TYPE],
    });
  }
  const proofs = new Map<TenantId, { proof: string; kid: string; usedUntil: number }>();
  return (tenantId) => {
    const now = Date.now() / 1000;
    const key = keyring.signingKey();
    let kept = proofs.get(tenantId);
    if (!kept || kept.usedUntil < now || kept.kid !== key.kid) {
      const usedUntil = now + USED_SECONDS;
      const expiry = Math.ceil(usedUntil + CLOCK_SKEW_SECONDS);
      kept = { proof: proveContext(key, tenantId, expiry), kid: key.kid, usedUntil };
      if (proofs.size >= KEPT_TENANTS) proofs.clear();
      proofs.set(tenantId, kept);
    }
    return {
      text: BIND_STATEMENT.proven,
      values: [tenantId, kept.proof],
      types: [UUID_TYPE, TEXT_TYPE],
    };
  };
}
