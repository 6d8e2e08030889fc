import type { TenantColumn } from 'ringfence/sql';

/** A time in milliseconds, as JavaScript knows it. */
export const TIME = 'timestamptz(3)';

/** When the row was made. */
export const CREATED_AT: TenantColumn = {
  name: 'created_at',
  type: `${TIME} NOT NULL DEFAULT now()`,
  updatable: false,
};

/** The columns behind every resource of the API: optimistic concurrency and its two times. */
export const RESOURCE: readonly TenantColumn[] = [
  { name: 'version', type: 'integer NOT NULL DEFAULT 1' },
  CREATED_AT,
  { name: 'updated_at', type: `${TIME} NOT NULL DEFAULT now()` },
];

/** Lists are read in this order, page by page. */
export const PAGE_ORDER = ['created_at', 'id'] as const;

/** A child that goes with its user. */
export const OF_USER: TenantColumn = {
  name: 'user_id',
  type: 'uuid NOT NULL',
  references: { table: 'users', onDelete: 'cascade' },
  updatable: false,
};
