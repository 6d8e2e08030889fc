import { expect, it } from 'vitest';
import { tenantSlug } from './tenant-slug.js';

it.each(['acme', 'a1', 'acme-rockets', '3com', 'x'.repeat(63), 'my-www', 'apis'])(
  'takes %s',
  (slug) => expect(tenantSlug.parse(slug)).toBe(slug),
);

it.each([
  ...['', 'a', 'Acme', 'acme ', ' acme', 'acme.example', 'acme_1', '-acme', 'acme-', '123', '4-2'],
  ...['аcme', 'acmé', 'acme\u200b', 'xn--cme-5cd', 'ab--cd', 'acme\n', 'x'.repeat(64)],
  ...['www', 'api', 'admin', 'mail', 'wpad', 'autodiscover', 'localhost', 'postmaster'],
  '7b0c3a52-0f5e-4b2c-9a55-b7f7d1c6e001',
])('refuses %j', (slug) => expect(tenantSlug.safeParse(slug).success).toBe(false));
