import type { RawHeaders } from './single-header.js';

/** What of a request may name its tenant; `IncomingMessage` is one. */
export interface RequestHead extends RawHeaders {
  /** The target of the request line. */
  readonly url?: string | undefined;
  /** The same before a rewrite took something away: see `fromPath`. */
  readonly originalUrl?: string | undefined;
}

/**
 * A place of the request that names a tenant: `name` is a slug or an id, `host` a whole host name that
 * the directory may know. With neither, the place is there and cannot be read.
 */
export interface TenantClaim {
  /** Which resolver says so: for logs and counts. */
  readonly source: string;
  readonly name?: string;
  readonly host?: string;
}

/**
 * Reads off a request which tenant one source names. A value, free of I/O: whether a claim is true is
 * for the token and the directory to say.
 */
export interface TenantResolver {
  readonly source: string;
  /** Nothing, when this source names nobody. */
  claims(request: RequestHead): readonly TenantClaim[];
}

/** What all the sources of a request say, in the order of the resolvers. */
export function claimsOf(
  request: RequestHead,
  resolvers: readonly TenantResolver[],
): readonly TenantClaim[] {
  return resolvers.flatMap((resolver) => resolver.claims(request));
}
