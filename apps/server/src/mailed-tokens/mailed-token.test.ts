import { randomUUID } from 'node:crypto';
import { parseTenantId } from 'ringfence/context';
import { expect, it } from 'vitest';
import { MAILED_TOKEN_LENGTH, mailedTokenKey, newMailedToken } from './mailed-token.js';

const tenantId = parseTenantId(randomUUID());

it('carries the tenant and 256 random bits, and is known by a hash', () => {
  const made = newMailedToken(tenantId);
  expect(made.token).toMatch(/^[0-9a-f-]{36}\.[\w-]{43}$/);
  expect(made.token).toHaveLength(MAILED_TOKEN_LENGTH);
  expect(encodeURI(made.token)).toBe(made.token);
  expect(mailedTokenKey(made.token)).toEqual({ tenantId, hash: made.hash });
  expect(made.hash).toHaveLength(32);
  expect(Buffer.from(made.hash).toString('base64url')).not.toBe(made.token.split('.')[1]);
  expect(newMailedToken(tenantId).token).not.toBe(made.token);
});

it.each([
  '',
  'x',
  `${tenantId}.`,
  `${tenantId}.${'a'.repeat(42)}`,
  `${tenantId}.${'a'.repeat(44)}`,
  `not-a-tenant-id-but-as-long-as-one-is.${'a'.repeat(43)}`,
  ` ${tenantId}.${'a'.repeat(43)}`,
])('reads %j as the key of no token', (text) => {
  const one = mailedTokenKey(text);
  const two = mailedTokenKey(text);
  expect(one.tenantId).not.toBe(tenantId);
  expect(one).not.toEqual(two);
});
