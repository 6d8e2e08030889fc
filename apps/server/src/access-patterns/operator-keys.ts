import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { RingfenceError } from 'ringfence/errors';

/** Who may read the platform's alerts: a name, and the SHA-256 of a random key in hex. */
export interface OperatorKey {
  readonly name: string;
  readonly sha256: string;
}

const BEARER = /^Bearer +([\w-]{32,200})$/i;

/**
 * Reads `name:sha256,name:sha256`.
 *
 * @returns `undefined` when an entry is no such thing.
 */
export function parseOperatorKeys(text: string): OperatorKey[] | undefined {
  const keys: OperatorKey[] = [];
  for (const entry of text.split(',').map((part) => part.trim())) {
    const [, name, sha256] = /^([\w-]{1,40}):([0-9a-f]{64})$/.exec(entry) ?? [];
    if (name === undefined || sha256 === undefined) return undefined;
    keys.push({ name, sha256 });
  }
  return keys;
}

/**
 * Whose key a request carries.
 *
 * @throws RingfenceError `AUTHENTICATION_REQUIRED`, `TOKEN_INVALID`
 */
export function operatorOf(request: IncomingMessage, keys: readonly OperatorKey[]): string {
  const { authorization } = request.headers;
  if (authorization === undefined) throw new RingfenceError('AUTHENTICATION_REQUIRED');
  const key = BEARER.exec(authorization)?.[1] ?? '';
  const digest = createHash('sha256').update(key).digest();
  const owner = keys.find(({ sha256 }) => timingSafeEqual(digest, Buffer.from(sha256, 'hex')));
  if (!owner) throw new RingfenceError('TOKEN_INVALID');
  return owner.name;
}
