import { maybeTenantId } from '../context/index.js';
import type { VerifiedToken } from './tenancy-options.js';

/** The claims of an access token. `tid` and `tnt` are the tenant's id and slug, `sid` the session. */
export interface TokenClaims {
  readonly iss: string;
  readonly aud: string;
  readonly sub: string;
  readonly tid: string;
  readonly tnt: string;
  readonly sid: string;
  readonly role: string;
  readonly iat: number;
  readonly exp: number;
  readonly jti: string;
}

const TEXTS = ['iss', 'aud', 'sub', 'tnt', 'sid', 'role', 'jti'] as const;
const SLUG = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;
const CLOCK_SKEW_SECONDS = 60;

/**
 * Reads verified claims, or returns `undefined` when one is missing or of a wrong type. An audience
 * must be the one text: a token for several audiences could be replayed between them.
 */
export function readClaims(payload: unknown, nowSeconds: number): VerifiedToken | undefined {
  if (typeof payload !== 'object' || payload === null) return undefined;
  const claims = payload as Partial<Record<string, unknown>>;
  if (!TEXTS.every((name) => isText(claims[name]))) return undefined;
  const { sub, tnt, sid, role, iat, exp } = claims as unknown as TokenClaims;
  const tenantId = maybeTenantId(claims.tid);
  if (tenantId === undefined || !SLUG.test(tnt)) return undefined;
  if (!Number.isSafeInteger(exp) || !Number.isSafeInteger(iat)) return undefined;
  if (iat > nowSeconds + CLOCK_SKEW_SECONDS) return undefined;
  return {
    tenantId,
    tenantSlug: tnt,
    actor: { kind: 'user', id: sub, sessionId: sid, role },
    expiresAt: exp,
  };
}

function isText(value: unknown): boolean {
  return typeof value === 'string' && value.length > 0 && value.length <= 255;
}
