import type { AuditedTable } from 'ringfence/sql';

/** What says when and in which version, and never what was done. */
const ROW_KEEPING = ['version', 'updated_at'];

/**
 * Migration → the tables that it puts under the audit log. Values are kept only of what stands in
 * `shown`: never a text that people wrote at length, never a hash, a secret or an address of a network.
 */
export const AUDIT_MIGRATIONS: Readonly<Record<string, readonly AuditedTable[]>> = {
  '20261125120100_audit_log': [
    { name: 'organizations', shown: ['name'], quiet: ROW_KEEPING },
    {
      name: 'users',
      shown: ['email', 'name', 'role', 'custom_role_id'],
      quiet: ROW_KEEPING,
    },
    { name: 'memberships', shown: ['organization_id', 'user_id'] },
    { name: 'projects', shown: ['name', 'organization_id'], quiet: ROW_KEEPING },
    { name: 'documents', shown: ['project_id'], quiet: ROW_KEEPING },
    { name: 'custom_roles', shown: ['name', 'permissions'], quiet: ROW_KEEPING },
    { name: 'invitations', shown: ['email', 'role', 'custom_role_id', 'invited_by'] },
    // A log-in is a session that comes, its end one that is revoked. That it is used is no change.
    {
      name: 'sessions',
      shown: ['user_id', 'revoked_at'],
      quiet: ['last_used_at', 'expires_at', 'address', 'user_agent'],
    },
    { name: 'second_factors', shown: ['user_id'], quiet: ['last_step'] },
    { name: 'recovery_codes', shown: ['user_id'] },
    {
      name: 'api_keys',
      shown: ['name', 'prefix', 'permissions', 'created_by'],
      quiet: ['last_used_at'],
    },
    { name: 'custom_domains', shown: ['domain'], quiet: ['checked_at'] },
  ],
};

/** Tenant tables without an audit log, and why. */
export const NOT_AUDITED: Readonly<Record<string, string>> = {
  refresh_tokens: 'turned over at every refresh; what counts is the session, which is audited',
  mailed_tokens: 'anybody may ask for one; what is done with it changes the user, which is audited',
  failed_log_ins: 'counters against guessing, by hashes of people who are not logged in',
  known_devices: 'a side effect of a log-in, which is audited as its session',
};
