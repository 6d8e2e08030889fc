import type {
  MigrationAct,
  MigrationState,
  RingState,
  TenantMigrationState,
} from '../../sql/index.js';
import type { GateLimits, RingSelector } from '../folder/index.js';

/** What the ledger keeps of `meta.json`. */
export interface MigrationSettings {
  readonly soakSeconds: number;
  /** Share of a ring's tenants that may stand in quarantine. */
  readonly quarantineShare: number;
  /** The version that every node of the application must report before the contract. */
  readonly needs?: string;
  readonly description?: string;
}

/** A ring as it is written down. */
export interface RegisteredRing {
  readonly name: string;
  readonly selector: RingSelector;
  readonly gates: GateLimits & { readonly approval: boolean };
}

/** What {@link MigrationLedger.register} writes down. */
export interface RegisteredMigration {
  readonly name: string;
  readonly checksum: string;
  readonly settings: MigrationSettings;
  readonly rings: readonly RegisteredRing[];
}

/** One migration. */
export interface MigrationEntry {
  readonly name: string;
  readonly checksum: string;
  readonly state: MigrationState;
  readonly reason: string | null;
  /** Whether the kill switch is on, for it or for all. */
  readonly stopped: boolean;
  readonly advancing: boolean;
  readonly settings: MigrationSettings;
  readonly expandedAt: Date | null;
  readonly soakUntil: Date | null;
  readonly contractedAt: Date | null;
}

/** How many tenants stand where. */
export type TenantCounts = Readonly<Record<TenantMigrationState, number>>;

/** A ring with its counts. */
export interface LedgerRing extends RegisteredRing {
  readonly position: number;
  readonly state: RingState;
  readonly openedAt: Date | null;
  readonly finishedAt: Date | null;
  readonly approvedBy: string | null;
  readonly tenants: TenantCounts;
}

/** A migration with its counts. */
export interface MigrationStatus extends MigrationEntry {
  readonly rings: readonly LedgerRing[];
  readonly tenants: TenantCounts;
  /** Rows that are done, and those that are to be done as far as it is known. */
  readonly rowsDone: number;
  readonly rowsExpected: number;
  /** Tenants of which nobody has counted the rows yet. */
  readonly uncounted: number;
  readonly mismatches: number;
  readonly leased: number;
  /** By the clock of the database, so that rates can be told from two of them. */
  readonly at: Date;
}

/** One tenant in one migration. */
export interface TenantEntry {
  readonly tenant: string;
  readonly slug: string;
  readonly ring: string | null;
  readonly state: TenantMigrationState;
  readonly cursor: string | null;
  readonly rowsDone: number;
  readonly rowsExpected: number | null;
  readonly batches: number;
  readonly batchSize: number | null;
  readonly mismatches: number | null;
  readonly checksum: string | null;
  readonly attempts: number;
  readonly errorCode: string | null;
  readonly leaseOwner: string | null;
  readonly leaseUntil: Date | null;
  readonly fence: number;
}

/** One record of what was done. */
export interface LedgerAct {
  readonly id: string;
  readonly at: Date;
  readonly migration: string;
  readonly ring: string | null;
  readonly tenant: string | null;
  /** The state that was reached, or `ask:` and what somebody asked for. */
  readonly act: string;
  readonly actor: string;
  readonly reason: string | null;
  readonly detail: Readonly<Record<string, unknown>>;
}

/** What somebody asks for. */
export interface Ask {
  readonly act: MigrationAct;
  /** `*` for all: `halt` and `release` only. */
  readonly migration: string;
  readonly actor: string;
  readonly reason?: string;
  readonly tenant?: string;
  readonly ring?: string;
}
