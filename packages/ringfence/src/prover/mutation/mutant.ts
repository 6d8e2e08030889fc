import type { Relation } from '../catalog/catalog.js';

/** One way to weaken a database. */
export interface Mutant {
  /** The kind of weakness, for example `guard-dropped`. */
  readonly kind: string;
  /** The object that it weakens, as the report names it. */
  readonly object: string;
  /** Run as administrator in the copy; `{app}` is the attacking role. */
  readonly sql: readonly string[];
  /** Another policy may make up for it: then it is attacked once more without that. */
  readonly layered?: boolean;
}

/** A policy as the catalog has it. */
export interface PolicyFact {
  readonly relation: string;
  readonly name: string;
  readonly permissive: boolean;
  readonly command: string;
}

/** What the mutations are made from. */
export interface MutationGround {
  readonly tables: readonly Relation[];
  readonly relations: ReadonlyMap<string, Relation>;
  readonly policies: readonly PolicyFact[];
  /** Table id → tenant column. */
  readonly columns: ReadonlyMap<string, string>;
  readonly setting: string;
  readonly proven: boolean;
  readonly machinery: boolean;
  readonly owners: readonly string[];
}

/** Weakens in one family of ways. */
export type Mutate = (ground: MutationGround) => Mutant[];
