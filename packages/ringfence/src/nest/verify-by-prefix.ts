import type { TokenVerifier } from './tenancy-options.js';

/**
 * One verifier out of several: the first prefix that a token begins with says which. No verifier is
 * asked about what another one has refused.
 *
 * @param verifiers prefix → who verifies what begins so
 * @param otherwise who verifies everything else
 * @example
 * verifyByPrefix({ rfk_: apiKeys }, jwts);
 */
export function verifyByPrefix(
  verifiers: Readonly<Record<string, TokenVerifier>>,
  otherwise: TokenVerifier,
): TokenVerifier {
  const known = Object.entries(verifiers);
  return {
    async verify(token) {
      const [, verifier = otherwise] = known.find(([prefix]) => token.startsWith(prefix)) ?? [];
      return verifier.verify(token);
    },
  };
}
