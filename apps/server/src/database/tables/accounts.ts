import type { TenantColumn, TenantTable } from 'ringfence/sql';
import { CREATED_AT, OF_USER, PAGE_ORDER, RESOURCE, TIME } from './columns.js';

const SHA256 = 'octet_length(%) = 32';
const hashed = (column: string): string => SHA256.replace('%', column);

/** What accounts stand on: roles, invitations, sessions, second factors, keys and domains. */
export const ACCOUNTS: readonly TenantTable[] = [
  {
    // Roles that a tenant makes for itself, beside the four that everybody has.
    name: 'custom_roles',
    columns: [
      { name: 'name', type: 'text NOT NULL' },
      { name: 'description', type: "text NOT NULL DEFAULT ''" },
      { name: 'permissions', type: 'text[] NOT NULL' },
      ...RESOURCE,
    ],
    unique: [['name']],
    indexes: [PAGE_ORDER],
  },
  {
    name: 'invitations',
    columns: [
      { name: 'email', type: 'text NOT NULL', updatable: false },
      { name: 'role', type: 'public.user_role NOT NULL', updatable: false },
      {
        name: 'custom_role_id',
        type: 'uuid',
        references: { table: 'custom_roles', onDelete: 'cascade' },
        updatable: false,
      },
      {
        // Whoever is removed leaves no open doors behind.
        name: 'invited_by',
        type: 'uuid NOT NULL',
        references: { table: 'users', onDelete: 'cascade' },
        updatable: false,
      },
      { name: 'token_hash', type: 'bytea NOT NULL', updatable: false },
      { name: 'expires_at', type: `${TIME} NOT NULL`, updatable: false },
      { name: 'accepted_at', type: TIME },
      { name: 'revoked_at', type: TIME },
      CREATED_AT,
    ],
    unique: [['token_hash']],
    indexes: [PAGE_ORDER, ['email']],
    checks: {
      email_is_lower_case: 'email = lower(email)',
      token_hash_is_sha256: hashed('token_hash'),
    },
  },
  {
    // Secrets that go out by mail and come back once.
    name: 'mailed_tokens',
    columns: [
      OF_USER,
      { name: 'purpose', type: 'text NOT NULL', updatable: false },
      { name: 'email', type: 'text NOT NULL', updatable: false },
      { name: 'token_hash', type: 'bytea NOT NULL', updatable: false },
      { name: 'expires_at', type: `${TIME} NOT NULL`, updatable: false },
      { name: 'used_at', type: TIME },
      CREATED_AT,
    ],
    unique: [['token_hash']],
    indexes: [['expires_at']],
    checks: {
      token_hash_is_sha256: hashed('token_hash'),
      purpose_is_known: "purpose IN ('password-reset', 'email-verification')",
    },
  },
  {
    // Its id is the session id of access and refresh tokens.
    name: 'sessions',
    columns: [
      OF_USER,
      { name: 'user_agent', type: 'text' },
      { name: 'address', type: 'inet' },
      { name: 'last_used_at', type: `${TIME} NOT NULL DEFAULT now()` },
      { name: 'expires_at', type: `${TIME} NOT NULL` },
      { name: 'revoked_at', type: TIME },
      CREATED_AT,
    ],
    indexes: [['expires_at']],
  },
  {
    name: 'second_factors',
    columns: [
      OF_USER,
      // Encrypted with a key that the database never sees.
      { name: 'sealed_secret', type: 'bytea NOT NULL', updatable: false },
      { name: 'confirmed_at', type: TIME },
      // A code is good once: the time step of the last one that was accepted.
      { name: 'last_step', type: 'bigint' },
      CREATED_AT,
    ],
    unique: [['user_id']],
  },
  {
    name: 'recovery_codes',
    columns: [
      OF_USER,
      { name: 'code_hash', type: 'bytea NOT NULL', updatable: false },
      { name: 'used_at', type: TIME },
      CREATED_AT,
    ],
    unique: [['user_id', 'code_hash']],
    checks: { code_hash_is_sha256: hashed('code_hash') },
  },
  {
    // Who guessed wrong lately, by a hash of account and network: no address stands here.
    name: 'failed_log_ins',
    columns: [
      { name: 'key_hash', type: 'bytea NOT NULL', updatable: false },
      { name: 'failures', type: 'integer NOT NULL DEFAULT 1' },
      { name: 'blocked_until', type: TIME },
      { name: 'forget_at', type: `${TIME} NOT NULL` },
    ],
    unique: [['key_hash']],
    indexes: [['forget_at']],
    checks: { key_hash_is_sha256: hashed('key_hash') },
  },
  {
    // Devices from which a log-in succeeded: strangers cannot lock them out.
    name: 'known_devices',
    columns: [
      OF_USER,
      { name: 'device_hash', type: 'bytea NOT NULL', updatable: false },
      { name: 'last_used_at', type: `${TIME} NOT NULL DEFAULT now()` },
      { name: 'expires_at', type: `${TIME} NOT NULL` },
      CREATED_AT,
    ],
    unique: [['user_id', 'device_hash']],
    indexes: [['expires_at']],
    checks: { device_hash_is_sha256: hashed('device_hash') },
  },
  {
    name: 'api_keys',
    columns: [
      { name: 'name', type: 'text NOT NULL' },
      // The first characters, by which people tell their keys apart.
      { name: 'prefix', type: 'text NOT NULL', updatable: false },
      { name: 'secret_hash', type: 'bytea NOT NULL', updatable: false },
      { name: 'permissions', type: 'text[] NOT NULL', updatable: false },
      {
        // A key acts for whoever made it: it goes with that person.
        name: 'created_by',
        type: 'uuid NOT NULL',
        references: { table: 'users', onDelete: 'cascade' },
        updatable: false,
      },
      { name: 'expires_at', type: TIME, updatable: false },
      { name: 'last_used_at', type: TIME },
      { name: 'revoked_at', type: TIME },
      CREATED_AT,
    ],
    unique: [['secret_hash']],
    indexes: [PAGE_ORDER],
    checks: { secret_hash_is_sha256: hashed('secret_hash') },
  },
  {
    // What a tenant says are its domains; those that were verified route to it (ringfence.tenant_domains).
    name: 'custom_domains',
    columns: [
      { name: 'domain', type: 'text NOT NULL', updatable: false },
      { name: 'verification_token', type: 'text NOT NULL', updatable: false },
      { name: 'verified_at', type: TIME },
      { name: 'checked_at', type: TIME },
      CREATED_AT,
    ],
    unique: [['domain']],
    indexes: [PAGE_ORDER],
    checks: { domain_is_lower_case: "domain = lower(domain) AND domain LIKE '%.%'" },
  },
];

/** What accounts add to tables that stood before them. */
export const ACCOUNT_COLUMNS: Readonly<Record<string, readonly TenantColumn[]>> = {
  users: [
    { name: 'custom_role_id', type: 'uuid', references: { table: 'custom_roles' } },
    { name: 'email_verified_at', type: TIME },
  ],
};

/** A change of address is good only while the user still has the address that it replaces. */
export const ADDRESS_CHANGE_COLUMNS: Readonly<Record<string, readonly TenantColumn[]>> = {
  mailed_tokens: [{ name: 'replaces', type: 'text', updatable: false }],
};
