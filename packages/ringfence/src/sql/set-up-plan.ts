import { quoteIdentifier, quoteLiteral } from './identifier.js';
import { type RoleNames, roleNames } from './role-names.js';

/** A role that somebody logs in as; it gets its rights from one group and has none of its own. */
export interface Login {
  readonly group: 'migrator' | 'app' | 'operator' | 'auditor' | 'sealer';
  readonly name: string;
  /** Used when the login has to be made; an existing login keeps the password that it has. */
  readonly password?: string;
}

/** What there is already, as {@link setUpStateQuery} reads it from the catalog. */
export interface SetUpState {
  readonly database: string;
  /** `server_version_num`, for example 150014. */
  readonly version: number;
  readonly user: string;
  readonly superuser: boolean;
  readonly roles: readonly string[];
  /** `role>member`, where the options are as wanted. */
  readonly memberships: readonly string[];
  /** `privilege>role` on the database and on schema public; `PUBLIC` is everybody. */
  readonly grants: readonly string[];
}

/** Reads a {@link SetUpState}, as one JSON value. */
export function setUpStateQuery(version: number): string {
  // The options exist from 16 on; the wanted ones are compared where they do.
  const options =
    version >= 160000
      ? "|| CASE WHEN m.inherit_option THEN '+inherit' ELSE '' END || CASE WHEN m.set_option THEN '+set' ELSE '' END"
      : '';
  return `SELECT pg_catalog.json_build_object(
  'database', pg_catalog.current_database(),
  'version', pg_catalog.current_setting('server_version_num')::int,
  'user', current_user,
  'superuser', (SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname = current_user),
  'roles', (SELECT coalesce(pg_catalog.json_agg(rolname), '[]') FROM pg_catalog.pg_roles),
  'memberships', (SELECT coalesce(pg_catalog.json_agg(r.rolname || '>' || u.rolname ${options}), '[]')
    FROM pg_catalog.pg_auth_members m
    JOIN pg_catalog.pg_roles r ON r.oid = m.roleid JOIN pg_catalog.pg_roles u ON u.oid = m.member),
  'grants', (SELECT coalesce(pg_catalog.json_agg(g.kind || ' ' || a.privilege_type || '>' ||
      CASE WHEN a.grantee = 0 THEN 'PUBLIC' ELSE pg_catalog.pg_get_userbyid(a.grantee) END), '[]')
    FROM (SELECT 'database' AS kind, coalesce(datacl, pg_catalog.acldefault('d', datdba)) AS acl
          FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database()
          UNION ALL
          SELECT 'schema', coalesce(nspacl, pg_catalog.acldefault('n', nspowner))
          FROM pg_catalog.pg_namespace WHERE nspname = 'public') AS g,
      LATERAL pg_catalog.aclexplode(g.acl) AS a)
) AS state`;
}

/**
 * The statements that are still missing: group roles, logins, memberships, and the rights on the
 * database. An empty list means that everything is there, whoever made it.
 *
 * Groups hold the rights and cannot log in; a login inherits from its group and may become nothing
 * else. The migrator does not inherit from the owner: it has to SET ROLE, so that every object
 * belongs to the owner.
 *
 * @param verifier makes the SCRAM verifier of a password, so that no password reaches the server's
 *   log; without it (for printing) logins are made without one.
 * @see PostgreSQL manual, 22.3 "Role Membership", GRANT "on Roles", 5.8 "Privileges"
 */
export function setUpPlan(
  state: SetUpState,
  logins: readonly Login[],
  prefix?: string,
  verifier?: (password: string) => string,
): string[] {
  const groups = roleNames(prefix);
  return [
    ...missingGroups(state, groups),
    ...missingMemberships(state, groups, logins, verifier),
    ...missingGrants(state, groups),
  ];
}

function missingGroups(state: SetUpState, groups: RoleNames): string[] {
  return Object.values(groups)
    .filter((name) => !state.roles.includes(name))
    .map((name) => {
      const inherit = name === groups.migrator ? ' NOINHERIT' : '';
      return `CREATE ROLE ${quoteIdentifier(name)} NOLOGIN${inherit}`;
    });
}

function missingMemberships(
  state: SetUpState,
  groups: RoleNames,
  logins: readonly Login[],
  verifier: ((password: string) => string) | undefined,
): string[] {
  const statements: string[] = [];
  const grant = (role: string, member: string, options: { inherit: boolean; set: boolean }) => {
    const modern = state.version >= 160000;
    const wanted = `${role}>${member}${modern && options.inherit ? '+inherit' : ''}${modern && options.set ? '+set' : ''}`;
    if (state.memberships.includes(wanted)) return;
    const withOptions = modern
      ? ` WITH INHERIT ${options.inherit ? 'TRUE' : 'FALSE'}, SET ${options.set ? 'TRUE' : 'FALSE'}`
      : '';
    statements.push(`GRANT ${quoteIdentifier(role)} TO ${quoteIdentifier(member)}${withOptions}`);
  };
  grant(groups.owner, groups.migrator, { inherit: false, set: true });
  // Whoever deploys must be able to become the owner; a superuser is anyway.
  if (!state.superuser) grant(groups.owner, state.user, { inherit: false, set: true });
  for (const login of logins) {
    if (!state.roles.includes(login.name)) {
      const password =
        verifier && login.password !== undefined
          ? ` PASSWORD ${quoteLiteral(verifier(login.password))}`
          : '';
      statements.push(`CREATE ROLE ${quoteIdentifier(login.name)} LOGIN${password}`);
    }
    // The privileged user may itself be the login that migrates; it needs nothing more then.
    if (login.name === state.user) continue;
    grant(groups[login.group], login.name, { inherit: true, set: login.group === 'migrator' });
  }
  return statements;
}

function missingGrants(state: SetUpState, groups: RoleNames): string[] {
  const database = `DATABASE ${quoteIdentifier(state.database)}`;
  const has = (grant: string): boolean => state.grants.includes(grant);
  const statements: string[] = [];
  // Temporary objects outlive a transaction, and so could carry rows from one tenant to the next.
  for (const [kind, right, object] of [
    ['database', 'TEMPORARY', database],
    ['database', 'CREATE', database],
    ['schema', 'CREATE', 'SCHEMA public'],
  ] as const) {
    if (has(`${kind} ${right}>PUBLIC`)) statements.push(`REVOKE ${right} ON ${object} FROM PUBLIC`);
  }
  const give = (kind: string, right: string, object: string, role: string): void => {
    if (has(`${kind} ${right}>${role}`)) return;
    statements.push(`GRANT ${right} ON ${object} TO ${quoteIdentifier(role)}`);
  };
  for (const role of [
    groups.migrator,
    groups.app,
    groups.operator,
    groups.auditor,
    groups.sealer,
  ]) {
    give('database', 'CONNECT', database, role);
    give('schema', 'USAGE', 'SCHEMA public', role);
  }
  give('database', 'CREATE', database, groups.owner);
  give('schema', 'USAGE', 'SCHEMA public', groups.owner);
  give('schema', 'CREATE', 'SCHEMA public', groups.owner);
  return statements;
}
