import type { KeyObject } from 'node:crypto';
import type { VerifiedToken } from './tenancy-options.js';

/** Shorter than any promise about how soon a withdrawn key or a changed claim takes effect. */
const SECONDS = 5;
const TOKENS = 10_000;

interface Remembered {
  readonly verified: VerifiedToken;
  readonly key: KeyObject;
  readonly until: number;
}

/**
 * Tokens whose signature was found good a moment ago: checking it again costs more than all the rest of
 * a short request. One is forgotten after five seconds, when it expires, and at once when its key is no
 * longer held. Only the very same text is found, so nothing forged can be.
 */
export class RememberedTokens {
  readonly #tokens = new Map<string, Remembered>();

  find(
    token: string,
    keys: ReadonlyMap<string, KeyObject>,
    now: number,
  ): VerifiedToken | undefined {
    const known = this.#tokens.get(token);
    if (!known) return undefined;
    if (now < known.until && [...keys.values()].includes(known.key)) return known.verified;
    this.#tokens.delete(token);
    return undefined;
  }

  add(token: string, key: KeyObject, verified: VerifiedToken, now: number): void {
    if (this.#tokens.size >= TOKENS) {
      const [oldest] = this.#tokens.keys();
      if (oldest !== undefined) this.#tokens.delete(oldest);
    }
    const until = Math.min(now + SECONDS, verified.expiresAt ?? 0);
    this.#tokens.set(token, { verified, key, until });
  }
}
