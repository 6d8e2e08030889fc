import { RingfenceError } from '../errors/index.js';

declare const brand: unique symbol;

/** The id of a tenant: a UUID in canonical lower-case text. Made by {@link parseTenantId} only. */
export type TenantId = string & { readonly [brand]: 'TenantId' };

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/**
 * Checks a value and brands it as a tenant id.
 *
 * @throws RingfenceError `TENANT_ID_INVALID` for anything but a UUID (RFC 9562, section 4).
 * @example
 * const acme = parseTenantId('8c5f4d0e-9b1a-4f66-9a63-0d5bb5f0a001');
 */
export function parseTenantId(value: unknown): TenantId {
  const text = typeof value === 'string' ? value.toLowerCase() : '';
  if (!UUID.test(text)) throw new RingfenceError('TENANT_ID_INVALID');
  return text as TenantId;
}

/** Like {@link parseTenantId}, but `undefined` instead of an error: for hints that may be anything. */
export function maybeTenantId(value: unknown): TenantId | undefined {
  return typeof value === 'string' && UUID.test(value.toLowerCase())
    ? (value.toLowerCase() as TenantId)
    : undefined;
}
