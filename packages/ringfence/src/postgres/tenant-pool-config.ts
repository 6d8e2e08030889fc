import type { PoolConfig } from 'pg';
import type { TenantId, TenantState } from '../context/index.js';
import type { Keyring } from './keyring.js';
import type { Pooler } from './pooler.js';
import type { UNPROVEN } from './tenant-binding.js';
import type { StatementWatch } from './watch-statements.js';

/** What the directory tells about a tenant. */
export interface DirectoryEntry {
  readonly id: TenantId;
  readonly slug: string;
  readonly state: TenantState;
}

/**
 * Says whose turn it is to get a connection, so that one tenant cannot take all of them: `FairShares` of
 * `ringfence/limits` is one.
 */
export interface ConnectionShares {
  /** Calls `granted` once, now or later; with an error when the tenant is to be refused. */
  take(tenantId: TenantId, granted: (refused?: Error) => void): void;
  /** The tenant has one connection less. */
  give(tenantId: TenantId): void;
}

/**
 * The settings of a {@link TenantPool}: those of `pg.Pool` and seven more. `connectionTimeoutMillis` is
 * 30 seconds by default; node-postgres would wait for ever.
 */
export interface TenantPoolConfig extends PoolConfig {
  /**
   * Signs tenant contexts; default: what `RINGFENCE_CONTEXT_KEYS_FILE` or `RINGFENCE_CONTEXT_KEYS` name.
   * {@link UNPROVEN} goes with a database that was set up to believe every tenant id.
   */
  readonly keyring?: Keyring | typeof UNPROVEN;
  /** What stands between this pool and PostgreSQL; default nothing. */
  readonly pooler?: Pooler;
  /** May statements be named on the server? Default `true`, and `false` behind a transaction pooler. */
  readonly preparedStatements?: boolean;
  /**
   * Tell the database who acts, signed, with every transaction that may change something: what its audit
   * log stands on (`auditLogSql`). Default `false`.
   */
  readonly attribution?: boolean;
  /** Shares the connections between tenants. Without it whoever comes first gets one. */
  readonly shares?: ConnectionShares;
  /**
   * How long a statement of a tenant may take in PostgreSQL, in milliseconds; then it fails with SQLSTATE
   * 57014 (`STATEMENT_TIMEOUT`). It travels with the binding, for one transaction only. A function answers
   * per tenant, from memory, and is asked about once a minute; nothing means no limit.
   */
  readonly statementTimeoutMs?: number | ((tenantId: TenantId) => number | undefined);
  /** Who is told of every statement of a tenant: metrics, traces. Without it nothing is measured. */
  readonly statements?: StatementWatch;
}

/** How {@link TenantPool.transaction} begins. */
export interface TransactionOptions {
  readonly isolation?: 'read committed' | 'repeatable read' | 'serializable';
}
