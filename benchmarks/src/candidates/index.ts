import type { Tenancy } from '../databases.js';
import type { Candidate, CandidateOptions } from './candidate.js';
import { plainPg, tenantPg } from './pg-candidates.js';
import { documentedExtension, plainPrisma, ringFencedPrisma } from './prisma-candidates.js';

export { type Candidate, SCENARIOS, type Scenario } from './candidate.js';

interface Entry {
  readonly title: string;
  readonly tenancy: Tenancy;
  readonly make: (options: CandidateOptions) => Candidate;
}

/** Every candidate of the comparison. The second plain one shows the noise of the run. */
export const CANDIDATES = {
  prisma: { title: 'Prisma, no tenancy', tenancy: 'none', make: (o) => plainPrisma(o, false) },
  again: { title: 'the same again', tenancy: 'none', make: (o) => plainPrisma(o, false) },
  named: { title: 'Prisma, named', tenancy: 'none', make: (o) => plainPrisma(o, true) },
  documented: { title: 'documented RLS', tenancy: 'documented', make: documentedExtension },
  proven: {
    title: 'ringfence',
    tenancy: 'proven',
    make: (o) => ringFencedPrisma(o, true),
  },
  unproven: {
    title: 'ringfence, unproven',
    tenancy: 'unproven',
    make: (o) => ringFencedPrisma(o, false),
  },
  pg: { title: 'pg, no tenancy', tenancy: 'none', make: plainPg },
  'pg-proven': { title: 'ringfence pg', tenancy: 'proven', make: (o) => tenantPg(o, true) },
  'pg-unproven': {
    title: 'ringfence pg, unpr.',
    tenancy: 'unproven',
    make: (o) => tenantPg(o, false),
  },
} satisfies Record<string, Entry>;

export type CandidateName = keyof typeof CANDIDATES;
