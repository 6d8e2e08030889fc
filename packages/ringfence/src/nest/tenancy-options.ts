import type { IncomingMessage } from 'node:http';
import type {
  Actor,
  TenantContext,
  TenantId,
  TenantResolver,
  TenantState,
} from '../context/index.js';
import type { RingfenceError } from '../errors/index.js';
import type { FairShares, RateLimiter } from '../limits/index.js';
import type { EventLogger, RequestObserver, RequestTracing } from '../telemetry/index.js';

/** What a verified access token says. */
export interface VerifiedToken {
  readonly tenantId: TenantId;
  /** Where the token says so; the directory must then know it under the id. */
  readonly tenantSlug?: string;
  readonly actor: Actor;
  /** In seconds since 1970, where the token says so. */
  readonly expiresAt?: number;
}

/** Turns an access token into what it says, or throws `TOKEN_INVALID` or `TOKEN_EXPIRED`. */
export interface TokenVerifier {
  verify(token: string): Promise<VerifiedToken>;
}

/** What the directory tells about a tenant. */
export interface TenantEntry {
  readonly id: TenantId;
  readonly slug: string;
  readonly state: TenantState;
}

/** Answers for an exact slug, id, host or active domain; a `TenantPool` is one. */
export interface TenantDirectory {
  findTenant(name: string): Promise<TenantEntry | undefined>;
}

/** What the directory of members tells about one. */
export interface MemberEntry {
  readonly role: string;
  readonly permissions: readonly string[];
}

/**
 * Knows who belongs to a tenant and what they may do now. Asked with the tenant and the actor of a
 * verified token, whose role is only what it was when the token was issued; answers nothing for
 * somebody who was removed, and for a session or key that was revoked or has expired.
 *
 * It is called outside of any tenant's work: enter the tenant with `runInTenant(tenant, …)`.
 */
export interface MemberDirectory {
  findMember(tenant: TenantContext): Promise<MemberEntry | undefined>;
}

/** Options of `TenancyModule`. */
export interface TenancyOptions {
  /**
   * Gets one line per request, and security events: a pino logger, or any other of that shape. It is
   * wrapped by `eventLogger`, so that it gets what the allow-list of `LogFields` names and nothing else.
   */
  readonly logger: EventLogger;
  readonly verifier: TokenVerifier;
  readonly directory: TenantDirectory;
  /**
   * Who is a member and what they may do now. Without it the role in the token counts until the token
   * expires, which is weaker: a removed member's token stays good that long.
   */
  readonly members?: MemberDirectory;
  /** Role → permissions, for tokens nobody asks `members` about. A role that is not listed has none. */
  readonly roles?: Readonly<Record<string, readonly string[]>>;
  /**
   * Where a request may name its tenant besides the token, which decides: the others may only agree.
   * Default `standardResolvers()`: a subdomain of localhost, a tenant's own domain, and `X-Tenant`.
   */
  readonly resolvers?: readonly TenantResolver[];
  /**
   * Starts a feed of changes, which makes this node forget what it remembers of tenants before its time
   * is over: `(onChange) => listenForChanges({ connectionString, onChange })`. Stopped at shutdown.
   */
  readonly changes?: (onChange: () => void) => { stop(): Promise<void> };
  /** Counts requests, for example a `TenantRateLimiter` of `ringfence/limits`. */
  readonly limiter?: RateLimiter;
  /** Each gets one record of every finished request, like the log line: metrics, access patterns. */
  readonly observers?: readonly RequestObserver[];
  /** Records each request as a span, and what runs in it below: `ringfence/open-telemetry`. */
  readonly tracing?: RequestTracing;
  /**
   * Whose address a request comes from, where proxies stand before the server. Default: the other end of
   * its connection. Observers are told its network only.
   */
  readonly clientAddress?: (request: IncomingMessage) => string | undefined;
  /**
   * May this actor change who may do what in the tenant? Observers are told, and nothing else depends on
   * it. Default: a role named `owner` or `admin`.
   */
  readonly privileged?: (actor: Actor) => boolean;
  /** Limits how many requests of a tenant are in work at a time; what comes more waits for its turn. */
  readonly requestShares?: Pick<FairShares, 'take' | 'give'>;
  /** Turns an error of a data layer into one of the catalogue, for example `fromPrisma`. */
  readonly mapError?: (error: unknown) => RingfenceError | undefined;
}

/** Injection token of the {@link TenancyOptions}. */
export const TENANCY_OPTIONS = Symbol('ringfence.tenancy-options');
