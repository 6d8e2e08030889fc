import type { TenantPool } from 'ringfence/postgres';
import type { TenantPrisma } from '../database/index.js';
import type { DomainRecords } from './domain-records.js';

/** What the verbs of this folder need; each of them names its own part. */
export interface DomainDependencies {
  readonly prisma: TenantPrisma;
  /** The tenant's part of the directory: docs/tenant-resolution.md. */
  readonly pool: Pick<TenantPool, 'activateDomain' | 'deactivateDomain' | 'ownDomains'>;
  readonly records: DomainRecords;
  readonly baseDomains: readonly string[];
}
