import { REPEATED, type SingleHeader, singleHeader } from '../context/index.js';
import { RingfenceError } from '../errors/index.js';
import type { HttpRequest } from './fastify-shape.js';
import { recordOf } from './request-state.js';
import type { TokenVerifier, VerifiedToken } from './tenancy-options.js';

const BEARER = /^Bearer +([^\s]+)$/i;

/**
 * Verifies the access token of a request, once: whoever asks again for the same request gets the same
 * answer while the token has not expired. `AuthenticateGuard` asks for every route with a token; a hook
 * of the application may ask before it, so that strangers cannot make it read and parse a body.
 *
 * @throws RingfenceError `AUTHENTICATION_REQUIRED`, `TOKEN_INVALID`, `TOKEN_EXPIRED`
 * @example
 * fastify.addHook('preParsing', async (request) => {
 *   if (request.routeOptions.config.access !== 'public') await authenticateRequest(request, verifier);
 * });
 */
export async function authenticateRequest(
  request: HttpRequest,
  verifier: TokenVerifier,
): Promise<VerifiedToken> {
  const record = recordOf(request);
  const { token: known } = record;
  if (known && Date.now() / 1000 < (known.expiresAt ?? Number.POSITIVE_INFINITY)) return known;
  const token = bearerToken(singleHeader(request.raw, 'authorization'));
  record.token = await verifier.verify(token);
  return record.token;
}

/**
 * What the verified token of a request says, for hooks that run when the answer is written; `undefined`
 * for a request without a good one. It says nothing about whether the tenant exists or is active.
 */
export function verifiedTokenOf(request: HttpRequest): VerifiedToken | undefined {
  return recordOf(request).token;
}

function bearerToken(header: SingleHeader): string {
  if (header === undefined) throw new RingfenceError('AUTHENTICATION_REQUIRED');
  const token = header === REPEATED ? undefined : BEARER.exec(header)?.[1];
  if (token === undefined) throw new RingfenceError('TOKEN_INVALID');
  return token;
}
