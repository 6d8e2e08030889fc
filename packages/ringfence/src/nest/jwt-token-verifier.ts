import type { KeyObject } from 'node:crypto';
import type { JwtService, JwtVerifyOptions } from '@nestjs/jwt';
import { RingfenceError } from '../errors/index.js';
import { RememberedTokens } from './remembered-tokens.js';
import type { TokenVerifier, VerifiedToken } from './tenancy-options.js';
import { readClaims } from './token-claims.js';

/** What a {@link JwtTokenVerifier} trusts. */
export interface JwtTokenVerifierOptions {
  readonly jwt: JwtService;
  /** Key id → public key (P-256). Build the key objects once: parsing PEM costs more than verifying. */
  readonly keys: () => ReadonlyMap<string, KeyObject>;
  readonly issuer: string;
  readonly audience: string;
}

const MAX_LENGTH = 4096;
const COMPACT = /^([\w-]+)\.[\w-]+\.[\w-]+$/;

/**
 * Verifies access tokens: ES256 only, header `typ` `at+jwt`, the key named by `kid`. The token chooses
 * nothing: its `alg` must be ours, and `kid` must be the name of a key that we hold.
 *
 * @see RFC 8725 (JWT best current practices), RFC 9068 (`at+jwt`)
 * @example
 * new JwtTokenVerifier({ jwt, keys: () => publicKeys, issuer: 'ringfence', audience: 'ringfence-api' });
 */
export class JwtTokenVerifier implements TokenVerifier {
  readonly #remembered = new RememberedTokens();

  constructor(private readonly options: JwtTokenVerifierOptions) {}

  /** @throws RingfenceError `TOKEN_EXPIRED` for a good token that is too old, else `TOKEN_INVALID` */
  async verify(token: string): Promise<VerifiedToken> {
    const now = Date.now() / 1000;
    const remembered = this.#remembered.find(token, this.options.keys(), now);
    if (remembered) return remembered;
    const key = this.#keyOf(token);
    const payload = this.#payload(token, key);
    const verified = readClaims(payload, now);
    if (!verified) throw new RingfenceError('TOKEN_INVALID');
    this.#remembered.add(token, key, verified, now);
    return verified;
  }

  #keyOf(token: string): KeyObject {
    const header = token.length > MAX_LENGTH ? undefined : readHeader(COMPACT.exec(token)?.[1]);
    const { alg, typ, kid, crit } = header ?? {};
    // `crit` names extensions that must be understood, and we know none.
    const known = alg === 'ES256' && typ === 'at+jwt' && crit === undefined;
    const key = known && typeof kid === 'string' ? this.options.keys().get(kid) : undefined;
    if (key?.type !== 'public' || key.asymmetricKeyDetails?.namedCurve !== 'prime256v1') {
      throw new RingfenceError('TOKEN_INVALID');
    }
    return key;
  }

  #payload(token: string, key: KeyObject): unknown {
    const { jwt, issuer, audience } = this.options;
    try {
      return jwt.verify<object>(token, {
        // Its type knows strings only, but it hands the key through, and a string is parsed each time.
        secret: key as unknown as NonNullable<JwtVerifyOptions['secret']>,
        algorithms: ['ES256'],
        issuer,
        audience,
        // Said outright, because options of the JwtService itself would count otherwise.
        ignoreExpiration: false,
        ignoreNotBefore: false,
        allowInvalidAsymmetricKeyTypes: false,
        complete: false,
        clockTolerance: 0,
      });
    } catch (error) {
      const expired = error instanceof Error && error.name === 'TokenExpiredError';
      throw new RingfenceError(expired ? 'TOKEN_EXPIRED' : 'TOKEN_INVALID', { cause: error });
    }
  }
}

function readHeader(part: string | undefined): Partial<Record<string, unknown>> | undefined {
  if (part === undefined) return undefined;
  try {
    const header: unknown = JSON.parse(Buffer.from(part, 'base64url').toString('utf8'));
    return typeof header === 'object' && header !== null ? { ...header } : undefined;
  } catch {
    return undefined;
  }
}
