import { timingSafeEqual } from 'node:crypto';
import { RingfenceError } from '../errors/index.js';
import { type ApiKeyClaim, parseApiKey } from './api-key.js';
import { ShortMemory, type ShortMemoryOptions } from './short-memory.js';
import type { TokenVerifier, VerifiedToken } from './tenancy-options.js';

/** What is stored of a live API key. */
export interface ApiKeyEntry {
  readonly secretHash: Uint8Array;
  /** In seconds since 1970; a key without one does not expire. */
  readonly expiresAt?: number | undefined;
}

/**
 * Knows the API keys of every tenant. It is asked outside of any tenant's work: look in the tenant that
 * the key claims (`runInTenant`), so that the right key with another tenant's id is nowhere.
 */
export interface ApiKeyDirectory {
  /** Nothing for a key that is unknown, revoked or expired. */
  findKey(claim: Pick<ApiKeyClaim, 'tenantId' | 'keyId'>): Promise<ApiKeyEntry | undefined>;
  /** Told of each good use; nobody waits for what it does. */
  noteUse?(claim: Pick<ApiKeyClaim, 'tenantId' | 'keyId'>): void;
}

/**
 * Verifies API keys (see {@link newApiKey}). Unknown, revoked, expired, mistyped and foreign keys are one
 * and the same `TOKEN_INVALID`. What a key may do is not its business: `TenancyOptions.members` is asked
 * for that, as for people, and without it a key holds nothing.
 *
 * @example
 * verifyByPrefix({ [API_KEY_PREFIX]: new ApiKeyVerifier(directory) }, new JwtTokenVerifier({ … }));
 */
export class ApiKeyVerifier implements TokenVerifier {
  readonly #directory: ApiKeyDirectory;
  readonly #memory: ShortMemory<ApiKeyEntry | undefined>;

  constructor(directory: ApiKeyDirectory, options: ShortMemoryOptions = {}) {
    this.#directory = directory;
    this.#memory = new ShortMemory(options);
  }

  /** @throws RingfenceError `TOKEN_INVALID` */
  async verify(token: string): Promise<VerifiedToken> {
    const claim = parseApiKey(token);
    if (!claim) throw new RingfenceError('TOKEN_INVALID');
    const { tenantId, keyId, secretHash } = claim;
    // By id alone: guesses at the secret of one key cost no more questions than its use.
    const entry = await this.#memory.recall(`${tenantId} ${keyId}`, () =>
      this.#directory.findKey({ tenantId, keyId }),
    );
    const good = timingSafeEqual(secretHash, entry?.secretHash ?? new Uint8Array(32));
    if (!entry || !good || Date.now() / 1000 >= (entry.expiresAt ?? Number.POSITIVE_INFINITY)) {
      throw new RingfenceError('TOKEN_INVALID');
    }
    this.#directory.noteUse?.({ tenantId, keyId });
    return {
      tenantId,
      actor: { kind: 'api-key', id: keyId, role: '' },
      ...(entry.expiresAt !== undefined && { expiresAt: entry.expiresAt }),
    };
  }

  /** Forgets everything at once: something about keys has changed. */
  clear(): void {
    this.#memory.clear();
  }
}
