import type { TenantId } from '../context/index.js';
import type { Queryable } from '../sql/index.js';

/** Whose chain it is: a tenant's, or that of the platform's own acts. */
export type ChainName = TenantId | 'platform';

/** The tables of a chain. A tenant's are narrowed to its rows by the policies, never by us. */
export interface ChainTables {
  readonly log: string;
  readonly seals: string;
  /** The column that says whose row it is. */
  readonly owner: string;
}

/** The tables in which a chain stands. */
export function tablesOf(chain: ChainName): ChainTables {
  return chain === 'platform'
    ? { log: 'ringfence.platform_log', seals: 'ringfence.platform_seals', owner: 'tenant' }
    : { log: 'ringfence.audit_log', seals: 'ringfence.audit_seals', owner: 'tenant_id' };
}

/** How sealing and verifying reach the database: as a login of the sealer role. */
export interface AuditDatabase {
  /**
   * Runs `fn` in one REPEATABLE READ transaction, bound to the chain's tenant, or to none for the
   * platform's chain. What is read inside is one snapshot, also of which transactions are running.
   */
  inChain<T>(chain: ChainName, fn: (db: Queryable) => Promise<T>): Promise<T>;
}

/** All chains that the directory knows: the platform's and one per tenant. */
export async function listChains(database: AuditDatabase): Promise<ChainName[]> {
  const { rows } = await database.inChain('platform', (db) =>
    db.query<{ id: string }>('SELECT id FROM ringfence.tenants ORDER BY id'),
  );
  return ['platform', ...rows.map(({ id }) => id as TenantId)];
}
