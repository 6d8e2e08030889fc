import pg from 'pg';
import { type AuditDatabase, type ChainName } from '../audit-log/index.js';
import { runInTenant, tenantContext } from '../context/index.js';
import { type Keyring, keyringFromEnvironment, TenantPool } from '../postgres/index.js';
import type { Queryable } from '../sql/index.js';

/** The database as a sealer reaches it, to be closed when it is done. */
export interface ClosableAuditDatabase extends AuditDatabase {
  end(): Promise<void>;
}

/** What {@link auditDatabase} connects with. */
export interface AuditDatabaseOptions {
  /** A login of the sealer role. */
  readonly url: string;
  /** Proves the tenants that are bound in turn; default as the environment names it. */
  readonly keyring?: Keyring;
  readonly connections?: number;
}

/** Connects as a login of the sealer role: bound to one tenant at a time, or to none for the platform's log. */
export function auditDatabase(options: AuditDatabaseOptions): ClosableAuditDatabase {
  const { url: connectionString, connections: max = 4 } = options;
  const keyring = options.keyring ?? keyringFromEnvironment();
  const pool = new TenantPool({ connectionString, keyring, max });
  const platform = new pg.Pool({ connectionString, max: 1 });
  // Unheard, the failure of an idle connection would end the process.
  platform.on('error', () => undefined);
  return {
    inChain(chain: ChainName, fn) {
      if (chain === 'platform') {
        return unbound(platform, fn);
      }
      const context = tenantContext(chain, { kind: 'system', reason: 'audit log' });
      return runInTenant(context, () => pool.transaction(fn, { isolation: 'repeatable read' }));
    },
    async end() {
      await Promise.all([pool.end(), platform.end()]);
    },
  };
}

async function unbound<T>(pool: pg.Pool, fn: (db: Queryable) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  let clean = false;
  try {
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ');
    const result = await fn(client);
    await client.query('COMMIT');
    clean = true;
    return result;
  } catch (error) {
    clean = await client.query('ROLLBACK').then(Boolean, () => false);
    throw error;
  } finally {
    client.release(!clean);
  }
}
