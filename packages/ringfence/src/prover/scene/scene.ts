import type { Catalog, Relation } from '../catalog/catalog.js';
import type { Tenancy } from '../catalog/find-tenancy.js';
import type { Values } from '../seeding/satisfy-checks.js';
import type { SeededRow } from '../seeding/seed-rows.js';
import type { Answer, Outcome, Session, Statement } from './session.js';
import type { TenantBinder } from './tenant-binder.js';

/** One of the two tenants, with what was seeded for it. */
export interface Party {
  readonly name: 'a' | 'b';
  readonly tenant: string;
  readonly rows: ReadonlyMap<string, SeededRow>;
  /** Second rows, of what a row must have and no more. */
  readonly sparse: ReadonlyMap<string, SeededRow>;
  readonly problems: ReadonlyMap<string, string>;
  /** Table id → values for one more row, or why there can be none. */
  readonly fresh: ReadonlyMap<string, Values | string>;
  /** Values that occur in rows of this party alone: whoever sees one has learnt something. */
  readonly secrets: ReadonlySet<string>;
}

/**
 * Whose work a statement is said to be: a tenant's, nobody's on a connection that never was anybody's,
 * or nobody's on a connection that a tenant used before.
 */
export type Actor = Party | 'nobody' | 'nobody-after-somebody';

/** What an attack may use. Every attempt is one transaction of the application role, rolled back. */
export interface Scene {
  readonly catalog: Catalog;
  readonly tenancy: Tenancy;
  readonly binder: TenantBinder;
  readonly parties: readonly [Party, Party];
  /** False where everything happens on one connection inside one transaction. */
  readonly ownConnections: boolean;
  /** Is it a copy? Elsewhere nothing may stay behind, not even a number drawn from a sequence. */
  readonly throwaway: boolean;
  /** Is there somebody who sees all rows and may plant some? */
  readonly administrator: boolean;
  /** False where the connection of nobody was somebody's before: then there is one nobody, not two. */
  readonly untouched: boolean;
  /** The only relations (as SQL) that a forged context is tried on; all when it is missing. */
  readonly focus?: ReadonlySet<string>;
  /** Whose eyes tell the truth where there is no administrator. */
  against?(victim: Party): void;
  attempt(actor: Actor, ...statements: readonly Statement[]): Promise<Outcome>;
  /** As {@link Scene.attempt}, but something is planted by the administrator first. */
  attemptAfterPlanting(
    planted: readonly Statement[],
    actor: Actor,
    ...statements: readonly Statement[]
  ): Promise<Outcome | 'not plantable'>;
  /** Runs the same and then, still inside, asks the administrator; undefined when it was refused. */
  truthAfter(
    actor: Actor,
    statements: readonly Statement[],
    truth: Statement,
  ): Promise<Answer | undefined>;
  /** As {@link Scene.truthAfter}, but something is planted by the administrator first. */
  truthAfterPlanting(
    planted: readonly Statement[],
    actor: Actor,
    statements: readonly Statement[],
    truth: Statement,
  ): Promise<Answer | 'not plantable' | undefined>;
  /** Asks the administrator, who sees everything. */
  truth(statement: Statement): Promise<Answer>;
  /** Two more connections of the application role, for attacks on concurrency; undefined in place. */
  twoSessions(): readonly [Session, Session] | undefined;
}

/** Planted for a change that foreign keys stop for everybody, the owner of the row too. */
export const WITHOUT_FOREIGN_KEYS: Statement = {
  text: 'SET LOCAL session_replication_role = replica',
};

/** The seeded row of a party in a relation. */
export function rowOf(party: Party, { id }: Relation): SeededRow | undefined {
  return party.rows.get(id);
}

/** The other of the two. */
export function otherThan(scene: Scene, party: Party): Party {
  const [a, b] = scene.parties;
  return party === a ? b : a;
}
