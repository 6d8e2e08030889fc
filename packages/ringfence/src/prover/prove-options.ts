import type { ContextKey } from '../sql/index.js';
import type { BindingOptions } from './scene/tenant-binder.js';
import type { Operation } from './verdict.js';

/** What {@link prove} is asked for. */
export interface ProveOptions extends BindingOptions {
  /**
   * Seeds, and reads the truth: a superuser, or whoever has the rights of the tables' owner and may copy
   * the database. Without it {@link ProveOptions.tenants} are attacked with the rows that they have.
   */
  readonly adminUrl?: string;
  /** The application's login on the same database: what attacks. */
  readonly appUrl: string;
  /** The column that holds the tenant; found by its name when it is not given. */
  readonly tenantColumn?: string;
  /** Two tenants that are there already; otherwise two are made. */
  readonly tenants?: readonly [string, string];
  /** One connection and one transaction in the database itself, rolled back; default a copy. */
  readonly inPlace?: boolean;
  /** Only these objects, as the report names them. */
  readonly only?: readonly string[];
  /** Leaks that somebody answers for: they stand in the report and fail nothing. */
  readonly accept?: readonly AcceptedLeak[];
  /** Both directions by default. */
  readonly directions?: 'both' | 'one';
  /** Without an administrator, where ringfence's proofs are verified: a key of the application. */
  readonly contextKey?: ContextKey;
  readonly report?: (line: string) => void;
}

/** A leak that is known and wanted. */
export interface AcceptedLeak {
  readonly operation: Operation;
  /** As the report names it; every object when it is missing. */
  readonly object?: string;
  readonly reason: string;
}
