import type { TenantColumn, TenantTable } from 'ringfence/sql';
import { ACCOUNT_COLUMNS, ACCOUNTS, ADDRESS_CHANGE_COLUMNS } from './tables/accounts.js';
import { SAMPLE_DOMAIN } from './tables/sample-domain.js';

/**
 * Migration → the tenant tables that it makes, parents first. `test/migrations.test.ts` writes each
 * file from here and holds the two together. To add a table, add a migration of its own here and a
 * model to `prisma/schema.prisma`: a file that was applied somewhere is never edited.
 */
export const TABLE_MIGRATIONS: Readonly<Record<string, readonly TenantTable[]>> = {
  '20261123090100_sample_domain': SAMPLE_DOMAIN,
  '20261125090100_accounts': ACCOUNTS,
  '20261125090410_address_changes': [],
};

/** Migration → table → the columns that it adds there, after it has made its own tables. */
export const COLUMN_MIGRATIONS: Readonly<
  Record<string, Readonly<Record<string, readonly TenantColumn[]>>>
> = {
  '20261125090100_accounts': ACCOUNT_COLUMNS,
  '20261125090410_address_changes': ADDRESS_CHANGE_COLUMNS,
};

/** Every tenant table of the application with all its columns, parents first. */
export const TENANT_TABLES: readonly TenantTable[] = Object.values(TABLE_MIGRATIONS)
  .flat()
  .map((table) => ({
    ...table,
    columns: [
      ...table.columns,
      ...Object.values(COLUMN_MIGRATIONS).flatMap((added) => added[table.name] ?? []),
    ],
  }));
