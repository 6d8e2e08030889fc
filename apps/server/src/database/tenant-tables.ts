import type { TenantTable } from 'ringfence/sql';

const TIMESTAMP = 'timestamptz(3) NOT NULL DEFAULT now()';

/** The three columns behind every resource of the API: optimistic concurrency and its two times. */
const RESOURCE = [
  { name: 'version', type: 'integer NOT NULL DEFAULT 1' },
  { name: 'created_at', type: TIMESTAMP, updatable: false },
  { name: 'updated_at', type: TIMESTAMP },
] as const;

/** Lists are read in this order, page by page. */
const PAGE_ORDER = ['created_at', 'id'] as const;

const SAMPLE_DOMAIN: readonly TenantTable[] = [
  {
    name: 'organizations',
    columns: [{ name: 'name', type: 'text NOT NULL' }, ...RESOURCE],
    indexes: [PAGE_ORDER],
  },
  {
    name: 'users',
    columns: [
      { name: 'email', type: 'text NOT NULL' },
      { name: 'name', type: 'text NOT NULL' },
      { name: 'role', type: 'public.user_role NOT NULL' },
      { name: 'password_hash', type: 'text' },
      ...RESOURCE,
    ],
    unique: [['email']],
    indexes: [PAGE_ORDER],
    checks: { email_is_lower_case: 'email = lower(email)' },
  },
  {
    name: 'memberships',
    columns: [
      {
        name: 'organization_id',
        type: 'uuid NOT NULL',
        references: { table: 'organizations', onDelete: 'cascade' },
        updatable: false,
      },
      {
        name: 'user_id',
        type: 'uuid NOT NULL',
        references: { table: 'users', onDelete: 'cascade' },
        updatable: false,
      },
      { name: 'created_at', type: TIMESTAMP, updatable: false },
    ],
    unique: [['organization_id', 'user_id']],
  },
  {
    name: 'projects',
    columns: [
      { name: 'organization_id', type: 'uuid NOT NULL', references: { table: 'organizations' } },
      { name: 'name', type: 'text NOT NULL' },
      ...RESOURCE,
    ],
    indexes: [PAGE_ORDER, ['organization_id', ...PAGE_ORDER]],
  },
  {
    name: 'documents',
    columns: [
      { name: 'project_id', type: 'uuid NOT NULL', references: { table: 'projects' } },
      { name: 'title', type: 'text NOT NULL' },
      { name: 'body', type: 'text NOT NULL' },
      ...RESOURCE,
    ],
    indexes: [PAGE_ORDER, ['project_id', ...PAGE_ORDER]],
  },
  {
    name: 'refresh_tokens',
    columns: [
      {
        name: 'user_id',
        type: 'uuid NOT NULL',
        references: { table: 'users', onDelete: 'cascade' },
        updatable: false,
      },
      { name: 'session_id', type: 'uuid NOT NULL', updatable: false },
      { name: 'token_hash', type: 'bytea NOT NULL', updatable: false },
      { name: 'expires_at', type: 'timestamptz(3) NOT NULL', updatable: false },
      { name: 'used_at', type: 'timestamptz(3)' },
      { name: 'revoked_at', type: 'timestamptz(3)' },
      { name: 'created_at', type: TIMESTAMP, updatable: false },
    ],
    unique: [['token_hash']],
    indexes: [['session_id']],
    checks: { token_hash_is_sha256: 'octet_length(token_hash) = 32' },
  },
];

/**
 * Migration → the tenant tables that it makes, parents first. `test/migrations.test.ts` writes each
 * file from here and holds the two together. To add a table, add a migration of its own here and a
 * model to `prisma/schema.prisma`: a file that was applied somewhere is never edited.
 */
export const TABLE_MIGRATIONS: Readonly<Record<string, readonly TenantTable[]>> = {
  '20261123090100_sample_domain': SAMPLE_DOMAIN,
};

/** Every tenant table of the application, parents first. */
export const TENANT_TABLES: readonly TenantTable[] = Object.values(TABLE_MIGRATIONS).flat();
