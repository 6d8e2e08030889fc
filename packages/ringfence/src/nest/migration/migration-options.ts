import type { TenantId } from '../../context/index.js';
import type { NodeSignals } from './node-signals.js';

/** Says which migrations the tenant of the running work is switched to; a `TenantPool` is one. */
export interface SwitchedMigrationsReader {
  switchedMigrations(): Promise<readonly string[]>;
}

/** Who asks for a migration, why, and how long they wait; see `MigrationDesk` of `ringfence/migration`. */
export interface MigrationAskOptions {
  readonly actor: string;
  readonly reason?: string;
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

/** Asks for migrations and waits for them; a `MigrationDesk` of `ringfence/migration` is one. */
export interface MigrationRequests<Tenant = unknown, Ring = unknown, Status = unknown> {
  applyToTenant(tenant: TenantId, migration: string, options: MigrationAskOptions): Promise<Tenant>;
  applyToRing(migration: string, ring: string, options: MigrationAskOptions): Promise<Ring>;
  status(migration: string): Promise<Status>;
}

/** How a node of the application tells the ledger that it lives; see {@link NodeReporter}. */
export interface NodeOptions {
  /** Of the application's code: what the contract of a migration may ask for. `major.minor.patch`. */
  readonly version: string;
  /** Sends one report; `(report) => pool.reportNode(report)`. */
  readonly report: (report: {
    readonly node: string;
    readonly version: string;
    readonly requests: number;
    readonly errors: number;
    readonly p95Micros: number;
  }) => Promise<void>;
  /** Unique among the nodes that live at the same time; default host, process and a random part. */
  readonly name?: string;
  /** Counts requests; default an empty one that nobody tells anything. */
  readonly signals?: NodeSignals;
  /** How often, in milliseconds; default 10,000. */
  readonly everyMs?: number;
}

/** Options of `MigrationModule`. */
export interface MigrationOptions {
  /**
   * The migrations that this code asks about. Any other name is an error, at the start where it stands in
   * a decorator: a misspelt one would serve the old shape to everybody for ever.
   */
  readonly names: readonly string[];
  readonly switched: SwitchedMigrationsReader;
  /** Without it this process asks for nothing: `applyMigrationToTenant` and `…ToRing` are refused. */
  readonly requests?: MigrationRequests;
  readonly node?: NodeOptions;
}

/** Injection token of the {@link MigrationOptions}. */
export const MIGRATION_OPTIONS = Symbol('ringfence.migration-options');
