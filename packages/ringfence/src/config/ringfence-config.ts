import type { AcceptedFinding, Severity } from '../auditor/index.js';
import type { AcceptedLeak } from '../prover/index.js';

/** What `ringfence.config.ts` may say. Files that it names are found from its own folder. */
export interface RingfenceConfig {
  /** The column that holds the tenant; found by its name when it is not given. */
  readonly tenantColumn?: string | undefined;
  readonly audit?: AuditConfig;
  readonly prove?: ProveConfig;
}

/** How a report is written. */
export type AuditFormat = 'text' | 'json' | 'sarif' | 'junit' | 'markdown' | 'html';

/** For `ringfence audit`; each stands for the option of that name. */
export interface AuditConfig {
  /** `undefined` is as good as absent, so that it can be read from the environment. */
  readonly url?: string | undefined;
  /** The roles that applications log in as. */
  readonly appRoles?: readonly string[];
  /** `schema.table` of the registry of tenants. */
  readonly tenantTable?: string;
  /** `schema.table` of tables that belong to no tenant. */
  readonly globalTables?: readonly string[];
  readonly format?: AuditFormat;
  readonly failOn?: Severity;
  /** A file of accepted findings. */
  readonly baseline?: string;
  /** Findings that are accepted here, beside those of the file. */
  readonly accepted?: readonly AcceptedFinding[];
  readonly output?: string;
}

/** For `ringfence prove`; each stands for the option of that name. */
export interface ProveConfig {
  readonly url?: string | undefined;
  readonly adminUrl?: string | undefined;
  /** A statement with the tenant as `$1`, run first in each transaction. */
  readonly bind?: string;
  /** The setting that carries the tenant, when nothing else binds. */
  readonly setting?: string;
  /** Two tenants that are there already. */
  readonly tenants?: readonly [string, string];
  readonly inPlace?: boolean;
  /** Leaks that somebody answers for. */
  readonly accept?: readonly AcceptedLeak[];
  readonly html?: string;
  readonly evidence?: string;
  readonly key?: string;
}
