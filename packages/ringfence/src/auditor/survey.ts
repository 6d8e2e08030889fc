import type {
  Catalog,
  Column,
  Command,
  Constraint,
  Grant,
  Index,
  Policy,
  Relation,
  Routine,
} from './catalog.js';
import { exempt } from './policy-set.js';
import { type Judgement, type Question, questionKey } from './probe.js';
import { ANYBODY, type Rights } from './rights.js';
import { normalized, settingsIn, type Tenancy } from './tenancy.js';

/** Where migration tools and extensions keep their own state. */
const MIGRATION_TABLES: ReadonlySet<string> = new Set([
  '_prisma_migrations',
  '__drizzle_migrations',
  '__efmigrationshistory',
  'alembic_version',
  'ar_internal_metadata',
  'databasechangelog',
  'databasechangeloglock',
  'django_migrations',
  'flyway_schema_history',
  'goose_db_version',
  'knex_migrations',
  'knex_migrations_lock',
  'kysely_migration',
  'kysely_migration_lock',
  'pgmigrations',
  'schema_migrations',
  'spatial_ref_sys',
  'typeorm_metadata',
]);

const COMMANDS: readonly Command[] = ['SELECT', 'INSERT', 'UPDATE', 'DELETE'];

const COMMENT_GLOBAL = /@tenancy:\s*global/i;

/** The catalog with everything worked out that several checks ask for. */
export class Survey {
  /** What the server said to the effective predicates; empty until it was asked. */
  judgements: ReadonlyMap<string, Judgement> = new Map();
  readonly tables: readonly Relation[];
  /** Tables that carry the tenant column. */
  readonly tenantTables: readonly Relation[];
  #proven: boolean | undefined;
  readonly #constraints = new Map<string, Constraint[]>();
  readonly #indexes = new Map<string, Index[]>();
  readonly #relations: ReadonlyMap<string, Relation>;
  readonly #functions: ReadonlyMap<string, Routine>;
  readonly #columns = new Map<string, Column[]>();
  readonly #policies = new Map<string, Policy[]>();
  readonly #usable = new Map<string, Set<string>>();
  readonly #privileges = new Map<string, Map<string, string[]>>();
  readonly #tenantColumns = new Map<string, Column | undefined>();
  readonly #byName = new Map<string, Relation[]>();

  constructor(
    readonly catalog: Catalog,
    readonly tenancy: Tenancy,
    readonly rights: Rights,
    readonly appRoles: readonly string[],
    readonly globals: readonly string[],
    /** Kinds of objects that could not be read: that there are none of them means nothing. */
    readonly unread: ReadonlySet<string> = new Set(),
  ) {
    this.#relations = new Map(catalog.relations.map((each) => [each.oid, each]));
    for (const each of catalog.relations) push(this.#byName, each.name, each);
    this.#functions = new Map(catalog.functions.map((each) => [each.oid, each]));
    for (const each of catalog.columns) push(this.#columns, each.relation, each);
    for (const each of catalog.policies) push(this.#policies, each.relation, each);
    for (const each of catalog.constraints) push(this.#constraints, each.relation, each);
    for (const each of catalog.indexes) push(this.#indexes, each.relation, each);
    this.tables = catalog.relations.filter(
      ({ kind, extension }) => (kind === 'r' || kind === 'p') && !extension,
    );
    this.tenantTables = this.tables.filter(
      (table) => this.tenantColumn(table) && !this.isGlobal(table),
    );
  }

  relation(oid: string): Relation | undefined {
    return this.#relations.get(oid);
  }

  /** Relations of one name in all schemas. */
  named(name: string): readonly Relation[] {
    return this.#byName.get(name) ?? [];
  }

  routine(oid: string): Routine | undefined {
    return this.#functions.get(oid);
  }

  columns(relation: Relation): readonly Column[] {
    return this.#columns.get(relation.oid) ?? [];
  }

  policies(relation: Relation): readonly Policy[] {
    return this.#policies.get(relation.oid) ?? [];
  }

  constraints(relation: Relation): readonly Constraint[] {
    return this.#constraints.get(relation.oid) ?? [];
  }

  indexes(relation: Relation): readonly Index[] {
    return this.#indexes.get(relation.oid) ?? [];
  }

  tenantColumn(relation: Relation): Column | undefined {
    const { column } = this.tenancy;
    if (column === null) return undefined;
    if (!this.#tenantColumns.has(relation.oid)) {
      const all = this.columns(relation);
      const found =
        all.find(({ name }) => name === column) ??
        all.find(({ name }) => normalized(name) === normalized(column));
      this.#tenantColumns.set(relation.oid, found);
    }
    return this.#tenantColumns.get(relation.oid);
  }

  /** Does it carry the tenant column, or is it the registry? */
  hasTenants(relation: Relation): boolean {
    return this.tenantColumn(relation) !== undefined || this.isRegistry(relation);
  }

  /** A registry of tenants: its own id is the tenant. */
  isRegistry(relation: Relation): boolean {
    return (
      this.tenancy.tables.includes(`${relation.schema}.${relation.name}`) &&
      !this.tenantColumn(relation)
    );
  }

  /** Declared to belong to no tenant: by a comment `@tenancy:global`, or by an option. */
  isGlobal(relation: Relation): boolean {
    return (
      COMMENT_GLOBAL.test(relation.comment ?? '') ||
      this.globals.includes(`${relation.schema}.${relation.name}`) ||
      MIGRATION_TABLES.has(relation.name.toLowerCase())
    );
  }

  /** Application roles that row-level security applies to at all; the others have findings of their own. */
  get subjects(): readonly string[] {
    return this.appRoles.filter((role) => !this.rights.bypasses(role));
  }

  /** What sessions of application roles can act as, without those that bypass row-level security. */
  get personas(): readonly string[] {
    if (this.appRoles.length === 0) return [ANYBODY];
    return [...new Set(this.subjects.flatMap((role) => this.rights.personas(role)))].filter(
      (persona) => !this.rights.bypasses(persona),
    );
  }

  /** Personas that hold `privilege` on a relation, or on some column of it. */
  holders(relation: Relation, privilege: string): readonly string[] {
    let known = this.#privileges.get(relation.oid);
    if (!known) {
      known = new Map();
      const columns = this.columns(relation).flatMap(({ acl }) => acl);
      for (const persona of this.personas) {
        if (persona === ANYBODY) for (const each of COMMANDS) push(known, each, persona);
        if (!this.canUse(persona, relation.schema)) continue;
        const own = this.rights.privileges(persona, relation);
        const byColumn = this.rights.privileges(persona, { owner: '', acl: columns });
        for (const each of new Set([...own, ...byColumn])) push(known, each, persona);
      }
      this.#privileges.set(relation.oid, known);
    }
    return known.get(privilege) ?? [];
  }

  /** Personas that can read or write rows of it at all. */
  reachers(relation: Relation): readonly string[] {
    const all = COMMANDS.flatMap((command) => this.holders(relation, command));
    return [...new Set(all)];
  }

  canUse(persona: string, schema: string): boolean {
    let known = this.#usable.get(persona);
    if (!known) {
      known = new Set(
        this.catalog.schemas
          .filter((each) => this.rights.privileges(persona, each).has('USAGE'))
          .map(({ name }) => name),
      );
      this.#usable.set(persona, known);
    }
    return schema === 'pg_catalog' || known.has(schema);
  }

  /** Personas that may call a function. */
  callers(routine: Routine): readonly string[] {
    return this.personas.filter(
      (persona) =>
        this.canUse(persona, routine.schema) &&
        this.rights.privileges(persona, routine).has('EXECUTE'),
    );
  }

  /** Personas with a privilege on anything that has an owner and an ACL. */
  granted(object: { owner: string; acl: readonly Grant[] }, privilege: string): readonly string[] {
    return this.personas.filter((persona) =>
      this.rights.privileges(persona, object).has(privilege),
    );
  }

  judge(question: Question): Judgement | undefined {
    return this.judgements.get(questionKey(question));
  }

  /** Does row-level security say nothing to this persona on this table? */
  exempt(table: Relation, persona: string): boolean {
    return exempt(table, this.rights, persona);
  }

  /** Is the tenant context verified by the database, so that setting it is worth nothing? */
  get proven(): boolean {
    this.#proven ??= this.#isProven();
    return this.#proven;
  }

  #isProven(): boolean {
    const used = new Set(this.catalog.policies.flatMap(({ functions }) => functions));
    const readers = [...used].flatMap((oid) => this.routine(oid) ?? []);
    const plain = this.catalog.policies.some(({ using, check }) =>
      settingsIn(`${using} ${check}`).includes(this.tenancy.setting ?? ''),
    );
    const verifies = ({ body, definer }: Routine): boolean =>
      definer && /\b(sha256|sha512|hmac|digest|crypt|verify)\b/i.test(body);
    return readers.some(verifies) && !plain;
  }
}

function push<K, V>(map: Map<K, V[]>, key: K, value: V): void {
  const known = map.get(key);
  if (known) known.push(value);
  else map.set(key, [value]);
}
