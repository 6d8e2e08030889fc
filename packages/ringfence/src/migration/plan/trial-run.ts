import type { Client } from 'pg';
import { DEFAULT_ROLE_PREFIX, withRolePrefix } from '../../sql/index.js';
import { sessionSettings } from '../ddl/session-settings.js';
import type { SqlFile } from '../folder/index.js';

/** A lock that a trial run really held. */
export interface SeenLock {
  readonly table: string;
  /** As PostgreSQL writes it: `AccessExclusiveLock`. */
  readonly mode: string;
}

const LOCK_MS = 100;
const STATEMENT_MS = 2_000;

const TABLES = `SELECT oid, oid::pg_catalog.regclass::text AS name FROM pg_catalog.pg_class
WHERE relkind IN ('r', 'p') AND oid >= 16384`;

const HELD = `SELECT DISTINCT relation AS oid, mode FROM pg_catalog.pg_locks
WHERE pid = pg_catalog.pg_backend_pid() AND granted AND locktype = 'relation'
  AND relation = ANY ($1::oid[]) AND mode <> 'AccessShareLock'`;

/**
 * Runs a file in a transaction, reads which locks it holds on tables that stood before, and rolls it back.
 * It takes them for real: a tenth of a second's wait at most, two seconds a statement, then it gives up.
 *
 * @throws what PostgreSQL says when the file cannot be applied, or its locks are taken.
 */
export async function trialRun(
  client: Client,
  file: SqlFile,
  prefix: string = DEFAULT_ROLE_PREFIX,
): Promise<SeenLock[]> {
  const before = await client.query<{ oid: number; name: string }>(TABLES);
  const named = new Map(before.rows.map(({ oid, name }) => [oid, name]));
  await client.query(`BEGIN; ${sessionSettings('LOCAL', prefix, LOCK_MS, STATEMENT_MS)}`);
  try {
    await client.query(withRolePrefix(file.sql, prefix));
    const held = await client.query<{ oid: number; mode: string }>(HELD, [[...named.keys()]]);
    // By the names from before: a table that is dropped has none any more.
    return held.rows.map(({ oid, mode }) => ({ table: named.get(oid) ?? '', mode }));
  } finally {
    await client.query('ROLLBACK');
  }
}
