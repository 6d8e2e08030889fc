import { RingfenceError } from 'ringfence/errors';
import { hashPassword } from '../password.js';
import { BreachedPasswords } from './breached-passwords.js';
import { commonPasswords } from './common-passwords.js';

/** Injects the {@link PasswordRules}. */
export const PASSWORD_RULES = Symbol('PASSWORD_RULES');

/** In characters (code points), as they are hashed. */
export const SHORTEST_PASSWORD = 12;
export const LONGEST_PASSWORD = 256;

/** Less than this of a password besides its owner's own words can be guessed. */
const SHORTEST_REST = 8;
const SHORTEST_WORD = 3;
const FEWEST_CHARACTERS = 5;
const PRODUCT = 'ringfence';

/** Whose password it becomes, and where the request holds it. */
export interface PasswordOwner {
  /** RFC 6901. */
  readonly pointer: string;
  /** What everybody would try: address, name, names of the tenant. */
  readonly words: readonly string[];
}

/**
 * What a new password must be: long, not on a list of known ones, and more than its owner's own words.
 * Any characters may stand in it and none must.
 *
 * @see NIST SP 800-63B-4, 3.1.1.2; OWASP ASVS 5.0, V6.2
 */
export class PasswordRules {
  readonly #breached: BreachedPasswords | undefined;

  /** @param breachedFile a list for {@link BreachedPasswords}, besides the installed one. */
  constructor(breachedFile?: string) {
    this.#breached = breachedFile === undefined ? undefined : new BreachedPasswords(breachedFile);
  }

  /**
   * Hashes a new password that keeps the rules.
   *
   * @throws RingfenceError `VALIDATION_FAILED` with the rule that it breaks; `OVERLOADED`.
   * @example
   * const passwordHash = await rules.hash(input.password, { pointer: '/password', words: [email] });
   */
  async hash(password: string, owner: PasswordOwner): Promise<string> {
    const fault = await this.#faultOf(password, owner.words);
    if (fault) {
      const errors = [{ pointer: owner.pointer, message: fault }];
      throw new RingfenceError('VALIDATION_FAILED', { errors });
    }
    return hashPassword(password);
  }

  async #faultOf(given: string, words: readonly string[]): Promise<string | undefined> {
    const password = given.normalize('NFKC');
    const length = [...password].length;
    if (length < SHORTEST_PASSWORD) return `must have ${SHORTEST_PASSWORD} characters or more`;
    if (length > LONGEST_PASSWORD) return `must have ${LONGEST_PASSWORD} characters or fewer`;
    if (new Set(password).size < FEWEST_CHARACTERS) return 'repeats too few characters';
    if (restOf(password, [...words, PRODUCT]) < SHORTEST_REST) {
      return 'is little more than your address, your name or ours';
    }
    return (await this.#isKnown(given, password)) ? 'is on a list of known passwords' : undefined;
  }

  async #isKnown(given: string, password: string): Promise<boolean> {
    const common = await commonPasswords();
    const lower = password.toLowerCase();
    // A known word with digits and signs around it is what guessing tries next.
    const core = lower.replace(/^[^\p{L}]+|[^\p{L}]+$/gu, '');
    if (common.has(lower) || (core.length >= SHORTEST_WORD && common.has(core))) return true;
    for (const form of new Set([given, password])) {
      if (await this.#breached?.has(form)) return true;
    }
    return false;
  }
}

/** How many characters are left when the words are taken out. */
function restOf(password: string, words: readonly string[]): number {
  const parts = words
    .flatMap((word) => [word, ...word.split(/[^\p{L}\p{N}]+/u)])
    .map((word) => word.normalize('NFKC').toLowerCase())
    .filter((word) => word.length >= SHORTEST_WORD)
    .sort((one, other) => other.length - one.length);
  let rest = password.toLowerCase();
  for (const part of parts) rest = rest.replaceAll(part, '');
  return [...rest].length;
}
