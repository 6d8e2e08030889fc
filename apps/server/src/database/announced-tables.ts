import type { AnnouncedTable } from 'ringfence/sql';

/**
 * What nodes remember of members for a few seconds, and must forget when it changes. Only what takes
 * something away: a session that begins, or one that has been used, announces nothing. What goes with
 * its user is announced by the user.
 */
export const ANNOUNCED_TABLES: readonly AnnouncedTable[] = [
  { name: 'users', columns: ['role', 'custom_role_id'], rows: ['delete'] },
  { name: 'custom_roles', columns: ['permissions'], rows: [] },
  { name: 'sessions', columns: ['revoked_at'], rows: [] },
  { name: 'api_keys', columns: ['revoked_at'], rows: [] },
];
