import {
  DATABASE_RIGHTS_QUERY,
  type Queryable,
  REACHABLE_ROLES_QUERY,
  TENANT_TABLES_QUERY,
} from '../sql/index.js';

/** One reason not to start. `sentence` names roles and tables, never rows. */
export interface StartProblem {
  readonly code:
    | 'DATABASE_ROLE_UNSAFE'
    | 'DATABASE_UNPROTECTED'
    | 'TENANT_CONTEXT_UNPROVEN'
    | 'POOLER_UNDECLARED';
  readonly sentence: string;
}

interface ReachableRole {
  readonly role: string;
  readonly self: boolean;
  readonly superuser: boolean;
  readonly bypassrls: boolean;
  readonly createrole: boolean;
  readonly replication: boolean;
  readonly server_access: boolean;
  readonly owns_tenant_table: boolean;
  readonly owns_container: boolean;
}

interface TableProtection {
  readonly name: string;
  readonly enabled: boolean;
  readonly forced: boolean;
  readonly guarded: boolean;
}

const FAULTS: readonly (readonly [keyof ReachableRole, string])[] = [
  ['superuser', 'is a superuser, and row-level security does not hold for it'],
  ['bypassrls', 'has BYPASSRLS, and row-level security does not hold for it'],
  ['createrole', 'has CREATEROLE and may grant itself another role'],
  ['replication', 'has REPLICATION and may read every row as a stream'],
  ['server_access', 'reads or writes past the rights on tables'],
  ['owns_tenant_table', 'owns a tenant table and may switch its protection off'],
  ['owns_container', 'owns the database or the schema ringfence'],
];

/**
 * Looks at the database with the application's own eyes and says why it must not start: a role that
 * is, or may become, more than an application; a tenant table without forced row-level security.
 *
 * @param client a connection of the application login; no tenant needs to be bound.
 * @returns an empty list when all is well.
 * @example
 * const problems = await checkApplicationRole(client);
 * if (problems.length > 0) process.exit(1);
 */
export async function checkApplicationRole(client: Queryable): Promise<StartProblem[]> {
  const roles = await client.query<ReachableRole>(REACHABLE_ROLES_QUERY);
  const rights = await client.query<{
    temporary: boolean;
    create_schema: boolean;
    create_in: string[] | null;
  }>(DATABASE_RIGHTS_QUERY);
  const tables = await client.query<TableProtection>(TENANT_TABLES_QUERY);
  return [
    ...roles.rows.flatMap(roleProblems),
    ...rights.rows.flatMap(rightProblems),
    ...tableProblems(tables.rows),
  ];
}

function roleProblems(role: ReachableRole): StartProblem[] {
  const who = role.self
    ? `The database role ${role.role}`
    : `The database role may become ${role.role}, which`;
  return FAULTS.filter(([fault]) => role[fault] === true).map(([, sentence]) =>
    unsafe(`${who} ${sentence}.`),
  );
}

function rightProblems(rights: {
  temporary: boolean;
  create_schema: boolean;
  create_in: string[] | null;
}): StartProblem[] {
  const problems: StartProblem[] = [];
  if (rights.temporary) {
    problems.push(unsafe('The database role may make temporary objects (TEMPORARY).'));
  }
  if (rights.create_schema) problems.push(unsafe('The database role may create schemas (CREATE).'));
  for (const schema of rights.create_in ?? []) {
    problems.push(unsafe(`The database role may create objects in schema ${schema}.`));
  }
  return problems;
}

function tableProblems(tables: readonly TableProtection[]): StartProblem[] {
  if (tables.length === 0) {
    return [unprotected('There is no tenant table in the database: run the migrations.')];
  }
  return tables.flatMap((table) => {
    if (!table.enabled) return [unprotected(`${table.name} has no row-level security.`)];
    if (!table.forced) return [unprotected(`${table.name} does not force row-level security.`)];
    if (!table.guarded) {
      return [unprotected(`${table.name} lacks the unchanged policy tenant_isolation.`)];
    }
    return [];
  });
}

function unsafe(sentence: string): StartProblem {
  return { code: 'DATABASE_ROLE_UNSAFE', sentence };
}

function unprotected(sentence: string): StartProblem {
  return { code: 'DATABASE_UNPROTECTED', sentence };
}
