import type { TenantId } from 'ringfence/context';
import { z } from 'zod';
import type { Prisma } from '../generated/prisma/client.js';
import { pageOf } from '../http/page.js';
import { domainChallenge } from './domain-challenge.js';

/** What is read of a domain. */
export const domainSelect = {
  id: true,
  domain: true,
  verificationToken: true,
  verifiedAt: true,
  checkedAt: true,
  createdAt: true,
} satisfies Prisma.CustomDomainSelect;

/** A domain as it was read. */
export type DomainRow = Prisma.CustomDomainGetPayload<{ select: typeof domainSelect }>;

/** What a view needs besides the row: whose it is, and which domains name this tenant now. */
export interface DomainViewer {
  readonly tenantId: TenantId;
  readonly active: readonly string[];
}

/** A domain as it is answered. Spread, so that the mark of the row's tenant stays on it. */
export function domainView(
  { verificationToken, ...shown }: DomainRow,
  { tenantId, active }: DomainViewer,
) {
  return {
    ...shown,
    active: active.includes(shown.domain),
    challenge: domainChallenge(tenantId, { domain: shown.domain, verificationToken }),
  };
}

/** The schema of {@link domainView}, for the OpenAPI document. */
export const domainSchema = z
  .object({
    id: z.uuid(),
    domain: z.string().meta({ description: 'In lower case and ASCII, as in a Host header.' }),
    active: z.boolean().meta({ description: 'Does it name this tenant now?' }),
    verifiedAt: z.iso.datetime().nullable(),
    checkedAt: z.iso.datetime().nullable(),
    createdAt: z.iso.datetime(),
    challenge: z
      .object({ name: z.string(), type: z.literal('TXT'), value: z.string() })
      .meta({ description: 'The DNS record that proves that the domain is yours.' }),
  })
  .meta({ id: 'Domain' });

export const domainPageSchema = pageOf('Domain', domainSchema);
