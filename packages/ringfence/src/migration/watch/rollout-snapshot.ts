/** How many tenants are in each state; a state that is not named has none. */
export type TenantCounts = Readonly<Record<string, number>>;

/** One ring of a {@link RolloutSnapshot}. */
export interface RingSnapshot {
  readonly name: string;
  /** `waiting`, `open`, `watching` or `passed`. */
  readonly state: string;
  readonly tenants: TenantCounts;
  readonly approvedBy: string | null;
}

/** A tenant that needs somebody to look at it. */
export interface FailureSnapshot {
  readonly tenant: string;
  readonly state: string;
  /** A code of the catalogue or an SQLSTATE. */
  readonly code: string | null;
  readonly attempts: number;
}

/**
 * Where a migration stands at one moment, as `status --json`, `watch --json` and the event stream say it.
 * It holds names, ids, codes and counts: nothing out of a tenant's rows.
 */
export interface RolloutSnapshot {
  /** ISO 8601. */
  readonly at: string;
  readonly migration: string;
  readonly state: string;
  /** Why it is paused, held or halted. */
  readonly reason: string | null;
  /** The kill switch, when it is on. */
  readonly stopped: {
    readonly all: boolean;
    readonly actor: string;
    readonly reason: string | null;
  } | null;
  readonly soakUntil: string | null;
  readonly rings: readonly RingSnapshot[];
  /** Of all tenants, also those that were made after the schema was expanded and are in no ring. */
  readonly tenants: TenantCounts;
  readonly rowsDone: number;
  /** Of the tenants whose rows were counted. */
  readonly rowsExpected: number;
  /** Tenants that are to be done and whose rows nobody has counted yet. */
  readonly uncounted: number;
  readonly failures: readonly FailureSnapshot[];
  /** Schema files that are applied, in their order. */
  readonly files: readonly string[];
  readonly nodes: readonly {
    readonly node: string;
    readonly version: string;
    readonly seenAt: string;
  }[];
  /** The newest first. */
  readonly acts: readonly {
    readonly id: string;
    readonly at: string;
    readonly actor: string;
    readonly act: string;
    readonly ring: string | null;
    readonly tenant: string | null;
    readonly reason: string | null;
  }[];
}
