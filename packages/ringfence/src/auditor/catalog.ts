/**
 * What the auditor knows about a database: plain data, so that it can be kept as a snapshot and
 * compared. PUBLIC is the grantee `''`, which no role can be called.
 */
export interface Catalog {
  readonly version: number;
  readonly database: Database;
  readonly roles: readonly Role[];
  readonly memberships: readonly Membership[];
  readonly schemas: readonly Schema[];
  readonly relations: readonly Relation[];
  readonly columns: readonly Column[];
  readonly policies: readonly Policy[];
  readonly constraints: readonly Constraint[];
  readonly indexes: readonly Index[];
  readonly functions: readonly Routine[];
  readonly triggers: readonly Trigger[];
  readonly rules: readonly Rule[];
  readonly publications: readonly Publication[];
  readonly servers: readonly ForeignServer[];
  readonly defaults: readonly DefaultPrivilege[];
  readonly eventTriggers: readonly EventTrigger[];
  readonly extensions: readonly string[];
  /** Server-wide settings that matter to isolation. */
  readonly settings: Readonly<Record<string, string>>;
  readonly roleSettings: readonly RoleSetting[];
  readonly parameters: readonly ParameterPrivilege[];
  readonly largeObjects: readonly LargeObjects[];
}

export interface Grant {
  readonly grantee: string;
  readonly privilege: string;
  readonly grantable: boolean;
}

export interface Database {
  readonly name: string;
  readonly owner: string;
  readonly acl: readonly Grant[];
}

export interface Role {
  readonly name: string;
  readonly login: boolean;
  readonly superuser: boolean;
  readonly bypassrls: boolean;
  readonly createrole: boolean;
  readonly createdb: boolean;
  readonly replication: boolean;
}

/** One edge; before PostgreSQL 16 `inherit` is the member's own attribute and `set` always true. */
export interface Membership {
  readonly role: string;
  readonly member: string;
  readonly admin: boolean;
  readonly inherit: boolean;
  readonly set: boolean;
}

export interface Schema {
  readonly name: string;
  readonly owner: string;
  readonly acl: readonly Grant[];
}

/** `r` table, `p` partitioned table, `v` view, `m` materialized view, `f` foreign table, `S` sequence. */
export type RelationKind = 'r' | 'p' | 'v' | 'm' | 'f' | 'S';

export interface Relation {
  readonly oid: string;
  readonly schema: string;
  readonly name: string;
  readonly kind: RelationKind;
  readonly owner: string;
  readonly rls: boolean;
  readonly forced: boolean;
  readonly partition: boolean;
  /** Oids of what it inherits from, or is a partition of. */
  readonly parents: readonly string[];
  readonly partitionKey: string | null;
  readonly options: readonly string[];
  readonly comment: string | null;
  readonly acl: readonly Grant[];
  readonly extension: boolean;
  /** Of a view: its text and the oids that it reads. */
  readonly definition: string | null;
  readonly reads: readonly string[];
  /** Of a sequence: the table whose column owns it. */
  readonly ownedBy: string | null;
}

export interface Column {
  readonly relation: string;
  readonly name: string;
  readonly type: string;
  /** The name of the type under any domain. */
  readonly base: string;
  readonly domain: boolean;
  readonly category: string;
  readonly notNull: boolean;
  readonly identity: boolean;
  readonly generated: boolean;
  readonly default: string | null;
  readonly acl: readonly Grant[];
}

export type Command = 'SELECT' | 'INSERT' | 'UPDATE' | 'DELETE';

export interface Policy {
  readonly relation: string;
  readonly name: string;
  readonly command: Command | 'ALL';
  readonly permissive: boolean;
  readonly roles: readonly string[];
  readonly using: string | null;
  readonly check: string | null;
  /** Oids of the other relations and of the functions in it that are not the server's own. */
  readonly relations: readonly string[];
  readonly functions: readonly string[];
}

export interface Constraint {
  readonly relation: string;
  readonly name: string;
  /** `p` primary key, `u` unique, `f` foreign key, `x` exclusion, `c` check. */
  readonly kind: string;
  readonly columns: readonly string[];
  readonly target: string | null;
  readonly targetColumns: readonly string[];
  readonly onDelete: string;
  readonly onUpdate: string;
  /** The columns of `ON DELETE SET NULL (…)`; empty for the bare form. */
  readonly setColumns: readonly string[];
  readonly inherited: boolean;
  readonly definition: string;
}

export interface Index {
  readonly relation: string;
  readonly name: string;
  /** Key columns; null for an expression. */
  readonly columns: readonly (string | null)[];
  readonly unique: boolean;
  readonly valid: boolean;
  readonly constraint: boolean;
  readonly definition: string;
}

export interface Routine {
  readonly oid: string;
  readonly schema: string;
  readonly name: string;
  readonly arguments: string;
  readonly argumentNames: readonly string[];
  readonly returns: string;
  readonly returnsSet: boolean;
  readonly owner: string;
  readonly language: string;
  readonly trusted: boolean;
  readonly volatility: 'i' | 's' | 'v';
  readonly definer: boolean;
  readonly leakproof: boolean;
  readonly parallel: string;
  readonly config: readonly string[];
  readonly acl: readonly Grant[];
  readonly body: string;
  /** Written in the SQL-standard form: parsed once, names bound. */
  readonly bound: boolean;
  readonly extension: boolean;
}

export interface Trigger {
  readonly relation: string;
  readonly name: string;
  readonly function: string;
  readonly enabled: boolean;
  readonly constraint: boolean;
  readonly deferrable: boolean;
}

export interface Rule {
  readonly relation: string;
  readonly name: string;
  readonly definition: string;
  readonly reads: readonly string[];
}

export interface Publication {
  readonly name: string;
  readonly allTables: boolean;
  readonly schemas: readonly string[];
  readonly tables: readonly { readonly relation: string; readonly filter: string | null }[];
}

export interface ForeignServer {
  readonly name: string;
  readonly owner: string;
  readonly acl: readonly Grant[];
  /** Whom user mappings are for. */
  readonly mappings: readonly string[];
}

export interface DefaultPrivilege {
  readonly role: string;
  readonly schema: string | null;
  readonly kind: string;
  readonly acl: readonly Grant[];
}

export interface EventTrigger {
  readonly name: string;
  readonly event: string;
  readonly tags: readonly string[];
  readonly enabled: boolean;
  readonly function: string;
}

export interface RoleSetting {
  /** Empty: for every role. */
  readonly role: string;
  /** Only for this database, or for every one? */
  readonly here: boolean;
  readonly name: string;
  readonly value: string;
}

export interface ParameterPrivilege {
  readonly name: string;
  readonly acl: readonly Grant[];
}

export interface LargeObjects {
  readonly owner: string;
  readonly count: number;
}
