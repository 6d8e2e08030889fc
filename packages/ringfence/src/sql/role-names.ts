import { quoteIdentifier } from './identifier.js';

/** The six group roles (NOLOGIN); logins are members of one of them. */
export interface RoleNames {
  /** Owns every schema object. Nobody logs in as it. */
  readonly owner: string;
  /** Member of the owner; used by migrations only. */
  readonly migrator: string;
  /** What the application may do: rows of tenant tables, under row-level security. */
  readonly app: string;
  /** What the people who run the platform may do: the tenant directory. */
  readonly operator: string;
  /** Reads the catalog and no rows. */
  readonly auditor: string;
  /** Reads the audit log, one bound tenant at a time, and writes seals over it. */
  readonly sealer: string;
}

/** The prefix that migration files are written with. */
export const DEFAULT_ROLE_PREFIX = 'ringfence';

const PARTS = ['owner', 'migrator', 'app', 'operator', 'auditor', 'sealer'] as const;

/**
 * The names of the group roles. Roles belong to the whole server, so two products on one server need
 * two prefixes.
 *
 * @example
 * roleNames('shop').app; // shop_app
 */
export function roleNames(prefix: string = DEFAULT_ROLE_PREFIX): RoleNames {
  const named = (part: string): string => `${prefix}_${part}`;
  for (const part of PARTS) quoteIdentifier(named(part));
  return {
    owner: named('owner'),
    migrator: named('migrator'),
    app: named('app'),
    operator: named('operator'),
    auditor: named('auditor'),
    sealer: named('sealer'),
  };
}

/**
 * Rewrites the text of a migration for another role prefix: exactly the six quoted group names, and
 * nothing else. The file on disk, and so its checksum, stays the same for every prefix.
 *
 * @example
 * withRolePrefix('GRANT SELECT ON t TO "ringfence_app"', 'shop'); // … TO "shop_app"
 */
export function withRolePrefix(sql: string, prefix: string): string {
  const from = roleNames();
  const to = roleNames(prefix);
  return PARTS.reduce(
    (text, part) => text.replaceAll(quoteIdentifier(from[part]), quoteIdentifier(to[part])),
    sql,
  );
}
