import type { MigrationState, RingState, TenantMigrationState } from '../../sql/index.js';

/** What a runner says while it runs. Never holds a value of a row. */
export type RolloutEvent =
  | {
      readonly kind: 'migration';
      readonly migration: string;
      readonly state: MigrationState;
      readonly reason?: string;
    }
  | {
      readonly kind: 'ring';
      readonly migration: string;
      readonly ring: string;
      readonly state: RingState;
      /** Why it goes no further, when it waits. */
      readonly reason?: string;
    }
  | {
      readonly kind: 'tenant';
      readonly migration: string;
      readonly tenant: string;
      readonly state: TenantMigrationState;
      /** An SQLSTATE or a code of the catalogue. */
      readonly code?: string;
    }
  | {
      readonly kind: 'batch';
      readonly migration: string;
      readonly tenant: string;
      readonly seen: number;
      readonly changed: number;
      readonly ms: number;
    }
  /** The database has something better to do. */
  | { readonly kind: 'throttled'; readonly migration: string; readonly reason: string }
  /** Something failed that is no tenant's fault; it is tried again. */
  | { readonly kind: 'trouble'; readonly migration: string; readonly code: string };

/** Is told what happens; what it throws is not heard. */
export type OnRolloutEvent = (event: RolloutEvent) => void;
