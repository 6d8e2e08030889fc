import type { TenantId } from '../context/index.js';
import type { ErrorCode } from '../errors/index.js';

/** Who did something, as far as rules about access tell people apart. */
export interface AccessActor {
  readonly kind: 'user' | 'api-key' | 'operator';
  readonly id: string;
  /** May change who may do what in the tenant: an owner, an admin. Default no. */
  readonly privileged?: boolean;
}

/**
 * One thing that was done or tried, without a word of anybody's data: ids, codes, counts, the prefix of a
 * network, and digests where only "another one again" matters.
 */
export interface AccessEvent {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly kind: 'read' | 'write' | 'log-in';
  /** Whose tenant, verified; absent for strangers, whose claims about a tenant count for nobody. */
  readonly tenantId?: TenantId;
  readonly actor?: AccessActor;
  /** As `networkPrefix` of `ringfence/telemetry` makes it. */
  readonly network?: string;
  /** What was answered instead, when it was refused or failed. */
  readonly code?: ErrorCode;
  /** Rows of the tenant in the answer. */
  readonly rows?: number;
  /** A digest of the address, when it names one thing by its id. */
  readonly target?: string;
  /** A digest of the account that somebody tried to log in to. */
  readonly account?: string;
  readonly requestId?: string;
}
