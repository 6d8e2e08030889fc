import type { Node } from 'libpg-query';

/** A table as a statement names it; without a schema it is taken for `public`. */
export interface TableRef {
  readonly schema: string;
  readonly name: string;
  readonly qualified: boolean;
}

/** A column as CREATE TABLE or ADD COLUMN gives it. */
export interface ColumnChange {
  readonly name: string;
  /** `uuid`, `int4`, `public.user_role`. */
  readonly type: string;
  readonly notNull: boolean;
  readonly default?: Node;
  /** Identity, serial or a stored generated column: each row gets a value of its own. */
  readonly computed?: 'identity' | 'serial' | 'generated';
}

/** A constraint of a table, wherever it is written. */
export interface ConstraintChange {
  readonly kind: 'primary' | 'unique' | 'foreign' | 'check' | 'exclude' | 'not null';
  readonly name?: string;
  /** Of this table. */
  readonly columns: readonly string[];
  readonly parent?: TableRef;
  readonly parentColumns?: readonly string[];
  /** ON DELETE SET NULL or SET DEFAULT, and the columns that it names. */
  readonly onDelete?: { readonly sets: boolean; readonly columns: readonly string[] };
  /** `NOT VALID`. */
  readonly unchecked: boolean;
  /** `USING INDEX`. */
  readonly index?: string;
  readonly expression?: Node;
}

/** One thing that a statement does. ALTER TABLE with three commands is three of them. */
export type Change =
  | {
      readonly kind: 'create table';
      readonly table: TableRef;
      readonly columns: readonly ColumnChange[];
      readonly constraints: readonly ConstraintChange[];
      readonly temporary: boolean;
      readonly partitionOf?: TableRef;
      /** AS SELECT, LIKE, INHERITS: columns that the statement does not spell out. */
      readonly derived: boolean;
    }
  | { readonly kind: 'add column'; readonly table: TableRef; readonly column: ColumnChange }
  | {
      readonly kind: 'add constraint';
      readonly table: TableRef;
      readonly constraint: ConstraintChange;
      /** Written with a new column: it has no old values but its default. */
      readonly withColumn?: ColumnChange;
    }
  | {
      readonly kind: 'column type';
      readonly table: TableRef;
      readonly column: string;
      readonly type: string;
      readonly modifiers: readonly number[];
      readonly converted: boolean;
    }
  | { readonly kind: 'set not null'; readonly table: TableRef; readonly column: string }
  | { readonly kind: 'validate'; readonly table: TableRef; readonly constraint: string }
  | { readonly kind: 'drop constraint'; readonly table: TableRef; readonly constraint: string }
  | {
      readonly kind: 'row security';
      readonly table: TableRef;
      readonly what: 'enable' | 'disable' | 'force' | 'no force';
    }
  /** Any other command of ALTER TABLE, by the parser's name. */
  | {
      readonly kind: 'alter table';
      readonly table: TableRef;
      readonly command: string;
      readonly name?: string;
      /** `false` for DROP DEFAULT, which is a SET DEFAULT to nothing. */
      readonly gives: boolean;
      readonly concurrent: boolean;
    }
  | {
      readonly kind: 'create index';
      readonly table: TableRef;
      readonly name?: string;
      readonly columns: readonly (string | undefined)[];
      readonly unique: boolean;
      readonly concurrent: boolean;
    }
  | {
      readonly kind: 'drop';
      readonly what: string;
      readonly names: readonly string[];
      readonly table?: TableRef;
      readonly cascade: boolean;
      readonly concurrent: boolean;
    }
  | { readonly kind: 'rename'; readonly what: string; readonly name: string }
  | { readonly kind: 'set schema'; readonly what: string; readonly name: string }
  | {
      readonly kind: 'policy';
      readonly action: 'create' | 'alter';
      readonly table: TableRef;
      readonly name: string;
      readonly permissive: boolean;
      readonly all: boolean;
      readonly toPublic: boolean;
      readonly using?: Node;
      readonly check?: Node;
    }
  | {
      readonly kind: 'grant';
      readonly on: string;
      readonly tables: readonly TableRef[];
      readonly names: readonly string[];
      /** `undefined` is ALL. */
      readonly privileges:
        | readonly { readonly name: string; readonly columns: readonly string[] }[]
        | undefined;
      readonly to: readonly string[];
      readonly withGrantOption: boolean;
      readonly revoke: boolean;
    }
  | {
      readonly kind: 'create function';
      readonly schema?: string;
      readonly name: string;
      readonly definer: boolean;
      readonly searchPath: boolean;
      readonly trigger: boolean;
    }
  | {
      readonly kind: 'create trigger';
      readonly table: TableRef;
      readonly name: string;
    }
  | {
      readonly kind: 'create view';
      readonly view: TableRef;
      readonly materialized: boolean;
      readonly invoker: boolean;
    }
  | {
      readonly kind: 'enum';
      readonly type: string;
      readonly what: 'add value' | 'rename value';
      readonly ifNotExists: boolean;
    }
  | {
      readonly kind: 'write';
      readonly verb: 'INSERT' | 'UPDATE' | 'DELETE' | 'MERGE';
      readonly table: TableRef;
    }
  | { readonly kind: 'truncate'; readonly tables: readonly TableRef[] }
  | { readonly kind: 'lock'; readonly tables: readonly TableRef[] }
  | { readonly kind: 'vacuum'; readonly full: boolean }
  | { readonly kind: 'reindex'; readonly concurrent: boolean }
  | { readonly kind: 'refresh'; readonly view: TableRef; readonly concurrent: boolean }
  | { readonly kind: 'set'; readonly name: string }
  | { readonly kind: 'transaction' }
  | { readonly kind: 'opaque'; readonly what: 'DO' | 'CALL' }
  /** Everything else, by the parser's name. */
  | { readonly kind: 'other'; readonly node: string };
