import { RingfenceError } from 'ringfence/errors';
import { explainRefusal } from '../http/explain-refusal.js';
import { newVerificationToken } from './domain-challenge.js';
import type { DomainDependencies } from './domain-dependencies.js';
import { readDomain } from './domain-name.js';
import type { NewDomain } from './domain-schemas.js';
import { type DomainRow, domainSelect } from './domain-view.js';

const POINTER = '/domain';

/**
 * Notes that a tenant wants to be found under a domain. Nothing follows from it before it is proven, so
 * nobody can hold a name by asking first, or learn whether somebody else has it.
 *
 * @throws RingfenceError `VALIDATION_FAILED` for what cannot be a tenant's own; `ALREADY_EXISTS` when
 *   the tenant has noted it before.
 */
export function createDomain(
  { prisma, baseDomains }: Pick<DomainDependencies, 'prisma' | 'baseDomains'>,
  input: NewDomain,
): Promise<DomainRow> {
  const read = readDomain(input.domain, baseDomains);
  if ('fault' in read) {
    const errors = [{ pointer: POINTER, message: `The domain ${read.fault}.` }];
    throw new RingfenceError('VALIDATION_FAILED', { errors });
  }
  const data = { domain: read.domain, verificationToken: newVerificationToken() };
  return explainRefusal(prisma.customDomain.create({ data, select: domainSelect }), {
    ALREADY_EXISTS: { errors: [{ pointer: POINTER, message: 'It is in your list already.' }] },
  });
}
