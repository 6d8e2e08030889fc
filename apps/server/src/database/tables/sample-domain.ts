import type { TenantTable } from 'ringfence/sql';
import { CREATED_AT, OF_USER, PAGE_ORDER, RESOURCE, TIME } from './columns.js';

/** Organizations, projects, documents, and the people who work on them. */
export const SAMPLE_DOMAIN: readonly TenantTable[] = [
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
      OF_USER,
      CREATED_AT,
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
      OF_USER,
      { name: 'session_id', type: 'uuid NOT NULL', updatable: false },
      { name: 'token_hash', type: 'bytea NOT NULL', updatable: false },
      { name: 'expires_at', type: `${TIME} NOT NULL`, updatable: false },
      { name: 'used_at', type: TIME },
      { name: 'revoked_at', type: TIME },
      CREATED_AT,
    ],
    unique: [['token_hash']],
    indexes: [['session_id']],
    checks: { token_hash_is_sha256: 'octet_length(token_hash) = 32' },
  },
];
