import type { Actor, TenantId } from '../context/index.js';
import type { ErrorCode } from '../errors/index.js';
import type { ErrorDescription } from './describe-error.js';

/** Who acted, by kind and id: neither names nor addresses nor what they may do. */
export interface RecordedActor {
  readonly kind: Actor['kind'];
  /** A user, API key or operator; the platform itself has none. */
  readonly id?: string;
  /** May change who may do what in the tenant: see `TenancyOptions.privileged`. */
  readonly privileged?: true;
}

/**
 * What is known of one request when its answer is done or has broken off. It is made of ids, patterns,
 * codes and numbers only: no address, header, query, body, name or message of an error is in it, so
 * that every field of it may be kept.
 */
export interface RequestRecord {
  /** Ours, as the answer's header `X-Request-Id` and the problem document say it. */
  readonly requestId: string;
  /** Of the trace that the request is recorded in, where there is one; 32 hex digits. */
  readonly traceId?: string;
  /** The tenant that the request was let into; absent for public routes and those refused before. */
  readonly tenantId?: TenantId;
  readonly actor?: RecordedActor;
  /** What a verified token said, also where the request was refused before it entered its tenant. */
  readonly token?: { readonly tenantId: TenantId; readonly actor: RecordedActor };
  /** Of the methods that Node knows; absent for what was no request. */
  readonly method?: string;
  /** The pattern of the matched route, `/projects/:id`; `null` when none matched. */
  readonly route: string | null;
  /** A digest of the address where the route has parameters: the same thing again, or another one? */
  readonly target?: string;
  /** `null` when it broke off before anything was answered. */
  readonly status: number | null;
  /** How it failed, where it did. */
  readonly code?: ErrorCode;
  /** `code`, where it is an attack or a defect in the isolation. */
  readonly event?: ErrorCode;
  /** Names of sources and ids of tenants that explain a security event; never what a client sent. */
  readonly evidence?: Readonly<Record<string, string>>;
  /** The answer did not reach its end. */
  readonly brokenOff: boolean;
  /** When it began, in milliseconds since 1970, and how long it took. */
  readonly startedAt: number;
  readonly durationMs: number;
  /** Entities in the answer that came from rows of tenants, where the egress check has seen it. */
  readonly rows?: number;
  /** The network that it came from: see `networkPrefix`. Recorded only where there are observers. */
  readonly network?: string;
  /** Of a failure of our own (status 500 and above): which kind of error, and where. */
  readonly error?: ErrorDescription;
  /** Of such a failure: the sentence of our own code about it, with names of things only. */
  readonly detail?: string | undefined;
}

/**
 * Gets one record of every finished request: the log line, metrics, traces and access patterns each
 * are one. It is called when the answer is done, so it delays nobody but must not wait either; what it
 * throws is logged and reaches nobody else.
 *
 * @example
 * const slow: RequestObserver = {
 *   observe: ({ durationMs, route }) => durationMs > 1000 && slowRoutes.add(route),
 * };
 */
export interface RequestObserver {
  observe(record: RequestRecord): void;
}
