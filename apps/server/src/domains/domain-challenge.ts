import { createHash, randomBytes } from 'node:crypto';
import type { TenantId } from 'ringfence/context';

/** Where the proof stands in DNS. */
export interface DomainChallenge {
  readonly name: string;
  readonly type: 'TXT';
  readonly value: string;
}

/** What is put into the row of a domain, so that each attempt has a value of its own. */
export function newVerificationToken(): string {
  return randomBytes(32).toString('base64url');
}

/**
 * The record by which a tenant proves that a domain is theirs. The value is made of the tenant as well
 * and not of the row alone: SQL that is injected into the request of one tenant can put any token into
 * that tenant's row, and could otherwise use the record that another tenant has published.
 */
export function domainChallenge(
  tenantId: TenantId,
  { domain, verificationToken }: { readonly domain: string; readonly verificationToken: string },
): DomainChallenge {
  const value = createHash('sha256')
    .update(JSON.stringify(['domain', tenantId, domain, verificationToken]))
    .digest('base64url');
  return { name: `_ringfence-challenge.${domain}`, type: 'TXT', value };
}
