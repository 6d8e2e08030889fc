/** One SQL file of a migration. */
export interface SqlFile {
  /** Its name in the folder: `expand.sql`. */
  readonly file: string;
  readonly sql: string;
  /** SHA-256 of the file in hex, as Prisma keeps it. */
  readonly checksum: string;
  /** `false` for a file that begins with `-- no-transaction`: one statement, run by itself. */
  readonly transaction: boolean;
  /** From a line `-- statement-timeout: 10min` at the head; in milliseconds. */
  readonly statementTimeoutMs?: number;
}

/** How the rows of one tenant get their new shape. */
export type Backfill = SqlBackfill | ModuleBackfill;

/** `backfill.sql`: one statement over `:after` and `:upto`, run once for each batch. */
export interface SqlBackfill {
  readonly kind: 'sql';
  readonly file: string;
  readonly checksum: string;
  /** The statement, with `:after` and `:upto` as they stand in the file. */
  readonly sql: string;
  /** From the line `-- table: public.documents`. */
  readonly table: TableName;
}

/** `backfill.ts`, `.mts`, `.js` or `.mjs`, whose default export `defineBackfill` made. */
export interface ModuleBackfill {
  readonly kind: 'module';
  readonly file: string;
  readonly checksum: string;
  readonly path: string;
}

/** A table, its schema and name as they are, unquoted. */
export interface TableName {
  readonly schema: string;
  readonly name: string;
}

/** Which tenants a ring takes, of those that no earlier ring took. */
export type RingSelector =
  /** Ids or slugs. */
  | { readonly list: readonly string[] }
  | { readonly plan: string }
  /** By a hash of migration and tenant: the same tenants at every run. Between 0 and 1, of all tenants. */
  | { readonly share: number }
  /** Tenants with at most so many rows to change. */
  | { readonly rowsUpTo: number };

/** One ring as `meta.json` names it. */
export interface RingDefinition {
  readonly name: string;
  readonly select: RingSelector;
  /** A person has to approve before this ring begins. */
  readonly approval: boolean;
  /** What is looked at before the next ring begins, where it differs from the migration's. */
  readonly gate?: Partial<GateLimits>;
}

/** What a finished ring may show at most, for the next one to begin. */
export interface GateLimits {
  /** Share of the ring's tenants that failed or stand in quarantine, between 0 and 1. */
  readonly failedShare: number;
  /** Rows that `verify.sql` counted as wrong. */
  readonly mismatches: number;
  /** How much the share of failed requests may grow: 0.01 is one percent of requests. */
  readonly errorShareGrowth: number;
  /** How much slower the 95th percentile may get: 1.5 is half as slow again. */
  readonly p95Growth: number;
  /** How long the ring is watched before the next one. */
  readonly soakMs: number;
}

/** `meta.json`, checked and filled up with what it leaves out. */
export interface MigrationMeta {
  readonly description: string;
  readonly rings: readonly RingDefinition[];
  readonly gate: GateLimits;
  /** Share of a ring's tenants that may stand in quarantine while it goes on, between 0 and 1. */
  readonly quarantineShare: number;
  readonly contract: {
    /** How long everything has to have been switched. */
    readonly soakMs: number;
    /** Every application node must report at least this version. */
    readonly needs?: string;
  };
}

/** A migration folder as it was read. */
export interface PhasedMigration {
  /** The folder's name; migrations go in the order of their names. */
  readonly name: string;
  readonly folder: string;
  /** `prisma`: `migration.sql` alone, which only expands and stands in Prisma's own ledger. */
  readonly kind: 'phased' | 'prisma';
  /** Of everything that runs; `meta.json` may be changed while a migration goes on. */
  readonly checksum: string;
  /** `expand.sql`, `expand-2.sql`, …: each a transaction of its own. */
  readonly expand: readonly SqlFile[];
  readonly backfill?: Backfill;
  /** One query per bound tenant: one row, `mismatches bigint, checksum text`. */
  readonly verify?: SqlFile;
  readonly contract: readonly SqlFile[];
  readonly meta: MigrationMeta;
}
