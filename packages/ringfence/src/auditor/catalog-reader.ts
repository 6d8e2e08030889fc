import type { Queryable } from '../sql/index.js';

/** What could not be read or judged, and why. */
export interface NotRead {
  readonly what: string;
  readonly why: string;
}

/** Reads one kind of object at a time; what fails is noted and the rest goes on. */
export class CatalogReader {
  readonly notRead: NotRead[] = [];

  constructor(
    readonly client: Queryable,
    readonly version: number,
  ) {}

  async rows<R extends object>(what: string, sql: string, values?: unknown[]): Promise<R[]> {
    await this.client.query('SAVEPOINT reading');
    try {
      const { rows } = await this.client.query<R>(sql, values);
      await this.client.query('RELEASE SAVEPOINT reading');
      return rows;
    } catch (error) {
      await this.client.query('ROLLBACK TO SAVEPOINT reading');
      this.notRead.push({ what, why: (error as Error).message });
      return [];
    }
  }
}

/** An expression for the grants of an ACL; the default ACL of `kind` where none is stored. */
export function grants(acl: string, kind?: string, owner?: string): string {
  const whole = kind ? `coalesce(${acl}, pg_catalog.acldefault('${kind}', ${owner}))` : acl;
  return `coalesce((SELECT pg_catalog.json_agg(pg_catalog.json_build_object(
    'grantee', CASE g.grantee WHEN 0 THEN '' ELSE pg_catalog.pg_get_userbyid(g.grantee) END,
    'privilege', g.privilege_type, 'grantable', g.is_grantable))
    FROM pg_catalog.aclexplode(${whole}) AS g), '[]')`;
}

/** Everything that is not the server's own. */
export const OURS = (namespace: string): string =>
  `${namespace}.nspname !~ '^pg_' AND ${namespace}.nspname <> 'information_schema'`;
