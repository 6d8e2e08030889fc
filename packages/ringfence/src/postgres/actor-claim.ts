import type { Actor, TenantContext } from '../context/index.js';

/** Longer reasons are cut: a log holds names, not stories. */
const MAX_LENGTH = 200;

/**
 * Who acts, as the database keeps it in its audit log.
 *
 * @example
 * actorClaim(tenantContext(acme, { kind: 'system', reason: 'nightly export' }), undefined);
 * // {"kind":"system","id":"nightly export"}
 */
export function actorClaim({ actor }: TenantContext, requestId: string | undefined): string {
  return JSON.stringify({ kind: actor.kind, ...namesOf(actor), request: requestId });
}

function namesOf(actor: Actor): { id: string; session?: string } {
  switch (actor.kind) {
    case 'user':
      return { id: actor.id, session: actor.sessionId };
    case 'operator':
      return { id: actor.id, session: actor.grantId };
    case 'api-key':
      return { id: actor.id };
    default:
      return { id: actor.reason.slice(0, MAX_LENGTH) };
  }
}
