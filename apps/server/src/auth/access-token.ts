import { randomUUID } from 'node:crypto';
import { JwtService } from '@nestjs/jwt';
import type { TenantId } from 'ringfence/context';
import type { SigningKeys } from './signing-keys.js';

/** What an access token says. Everything in it can be read by whoever holds it. */
export interface AccessTokenSubject {
  readonly tenantId: TenantId;
  readonly tenantSlug: string;
  readonly userId: string;
  readonly sessionId: string;
  readonly role: string;
}

/** How access tokens are issued. */
export interface AccessTokenOptions {
  readonly issuer: string;
  readonly audience: string;
  readonly seconds: number;
}

/**
 * Issues access tokens: short-lived ES256 JWTs of type `at+jwt` that name tenant, user, session and
 * role. The signature is checked without a database; whether the session lasts and what the user may do
 * now is asked after it (ringfence/nest, `check membership`), and the role is only a hint for clients.
 *
 * @see RFC 9068 "JWT Profile for OAuth 2.0 Access Tokens"
 * @example
 * const tokens = new AccessTokenIssuer(keys, { issuer: 'ringfence', audience: 'ringfence-api', seconds: 900 });
 * const accessToken = await tokens.issue({ tenantId, tenantSlug, userId, sessionId, role: 'member' });
 */
export class AccessTokenIssuer {
  readonly #jwt = new JwtService({});
  readonly #keys: SigningKeys;
  readonly #options: AccessTokenOptions;

  constructor(keys: SigningKeys, options: AccessTokenOptions) {
    this.#keys = keys;
    this.#options = options;
  }

  /** For how many seconds an issued token is good. */
  get seconds(): number {
    return this.#options.seconds;
  }

  issue(subject: AccessTokenSubject): Promise<string> {
    const { kid, privateKey } = this.#keys.signing;
    return this.#jwt.signAsync(
      {
        tid: subject.tenantId,
        tnt: subject.tenantSlug,
        sid: subject.sessionId,
        role: subject.role,
      },
      {
        privateKey,
        algorithm: 'ES256',
        header: { alg: 'ES256', typ: 'at+jwt', kid },
        issuer: this.#options.issuer,
        audience: this.#options.audience,
        subject: subject.userId,
        expiresIn: this.#options.seconds,
        jwtid: randomUUID(),
      },
    );
  }
}
