import type { CountedTable } from 'ringfence/sql';

/** What the operator can limit: people of a tenant, its documents, and the bytes of their bodies. */
export const COUNTED_TABLES: readonly CountedTable[] = [
  { name: 'users', quotas: { seats: '1' } },
  { name: 'documents', quotas: { documents: '1', storage: 'octet_length("body")' } },
];
