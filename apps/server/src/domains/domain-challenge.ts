import { createHash, randomBytes } from 'node:crypto';
import type { TenantId } from 'ringfence/context';

/** Where the proof stands in DNS. */
export interface DomainChallenge {
  readonly name: string;
  readonly type: 'TXT';
  readonly value: string;
}

/** What texts of this kind begin with. */
const MARK = 'ringfence-domain=';

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
  const hash = createHash('sha256')
    .update(JSON.stringify(['domain', tenantId, domain, verificationToken]))
    .digest('base64url');
  const value = `${MARK}${hash}`;
  return { name: `_ringfence-challenge.${domain}`, type: 'TXT', value };
}

/**
 * Do the texts that DNS holds prove the domain? Only ours of them: while the record of a tenant who had
 * the domain before still stands beside it, that tenant could take the domain back at any time.
 */
export function isProvenBy({ value }: DomainChallenge, texts: readonly string[]): boolean {
  const ours = texts.map((text) => text.trim()).filter((text) => text.startsWith(MARK));
  return ours.length > 0 && ours.every((text) => text === value);
}
