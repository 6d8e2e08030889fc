/** A column as the seeder and the attacks see it. */
export interface Column {
  readonly name: string;
  /** As `format_type` says it, of the domain itself when it is one. */
  readonly type: string;
  /** `pg_type.typcategory` of the base type: S text, N number, D date, E enum, A array, U other… */
  readonly category: string;
  /** The base type behind a domain, without its length. */
  readonly baseType: string;
  readonly notNull: boolean;
  readonly hasDefault: boolean;
  /** GENERATED ALWAYS AS (…): never written. */
  readonly generated: boolean;
  readonly identity: boolean;
  /** Its default draws a number from a sequence. */
  readonly draws: boolean;
  readonly labels: readonly string[];
  /** Of bit(n). */
  readonly bits: number | null;
  /** Of a composite type: how many parts it has. */
  readonly attributes: number;
  /** Of varchar(n) and char(n). */
  readonly maxLength: number | null;
  /** Checks of the domain, as expressions over `VALUE`. */
  readonly domainChecks: readonly string[];
  /** What the application role may do with this column. */
  readonly select: boolean;
  readonly insert: boolean;
  readonly update: boolean;
}

/** A foreign key; `target` is the id of a {@link Relation}. */
export interface ForeignKey {
  readonly name: string;
  readonly columns: readonly string[];
  readonly target: string;
  readonly targetColumns: readonly string[];
  readonly deferrable: boolean;
  readonly onDelete: string;
}

/** A unique constraint or index over plain columns. */
export interface UniqueKey {
  readonly name: string;
  readonly columns: readonly string[];
  readonly primary: boolean;
  /** Only rows that fulfil a condition are compared. */
  readonly partial: boolean;
}

/** A check constraint over columns of one table. */
export interface Check {
  readonly name: string;
  readonly columns: readonly string[];
  readonly expression: string;
}

/** Anything that a query can read from, and sequences. `kind` is `pg_class.relkind`. */
export interface Relation {
  readonly id: string;
  readonly schema: string;
  readonly name: string;
  readonly kind: 'r' | 'p' | 'v' | 'm' | 'f' | 'S';
  /** Quoted `schema.name`. */
  readonly sql: string;
  /** The application role may use the schema and something of the relation. */
  readonly reachable: boolean;
  readonly select: boolean;
  readonly insert: boolean;
  readonly update: boolean;
  readonly delete: boolean;
  readonly truncate: boolean;
  /** The text of triggers and rules, which do more than a write says. */
  readonly rewrites: string;
  /** Of a view: ids of what it reads from. */
  readonly uses: readonly string[];
  /** The application role is or may become its owner. */
  readonly owned: boolean;
  readonly partition: boolean;
  /** The bounds of all partitions, for values that fall into one. */
  readonly bounds: readonly string[];
  readonly partitionColumns: readonly string[];
  readonly columns: readonly Column[];
  readonly foreignKeys: readonly ForeignKey[];
  readonly uniqueKeys: readonly UniqueKey[];
  readonly checks: readonly Check[];
}

/** A function or procedure that the application role may execute. */
export interface Routine {
  readonly id: string;
  readonly schema: string;
  readonly name: string;
  readonly kind: 'f' | 'p';
  readonly sql: string;
  readonly argumentTypes: readonly string[];
  readonly volatile: boolean;
  readonly definer: boolean;
  readonly source: string;
  /** Of a definer function: names without a schema that its text reads from or writes to. */
  readonly words: readonly string[];
}

/** What the catalog says about one database, seen for one application role. */
export interface Catalog {
  readonly database: string;
  readonly version: number;
  readonly versionText: string;
  readonly appRole: string;
  /** Roles that the application role may become. */
  readonly otherRoles: readonly string[];
  /** Names that policies, functions and views give to `current_setting()`. */
  readonly settings: readonly string[];
  /** Texts that policies with a setting compare something with. */
  readonly literals: readonly string[];
  /** Quoted schemas in which the application role may create. */
  readonly creatable: readonly string[];
  readonly hasMachinery: boolean;
  readonly provenMachinery: boolean;
  readonly relations: readonly Relation[];
  readonly routines: readonly Routine[];
}
