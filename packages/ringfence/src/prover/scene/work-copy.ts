import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { RingfenceError } from '../../errors/index.js';
import { quoteIdentifier } from '../../sql/index.js';

/** A copy of a database that nobody else uses. */
export interface WorkCopy {
  readonly name: string;
  url(original: string): string;
  drop(): Promise<void>;
}

const RIGHTS = `SELECT a.privilege_type AS right, a.is_grantable AS grantable,
    CASE WHEN a.grantee = 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(a.grantee)) END AS grantee
  FROM pg_database d, LATERAL aclexplode(coalesce(d.datacl, acldefault('d', d.datdba))) a
  WHERE d.datname = $1 AND a.grantee <> d.datdba`;

const SETTINGS = `SELECT CASE WHEN s.setrole = 0 THEN NULL ELSE quote_ident(r.rolname) END AS role, c AS setting
  FROM pg_db_role_setting s JOIN pg_database d ON d.oid = s.setdatabase
  LEFT JOIN pg_roles r ON r.oid = s.setrole, unnest(s.setconfig) AS c WHERE d.datname = $1`;

/**
 * Copies a database, with the rights on it and its settings, which a template does not carry over.
 *
 * @param url an administrator on the database to copy
 * @throws RingfenceError `PROOF_IMPOSSIBLE` when it is in use or may not be copied: then it cannot be
 *   left clean, and nothing is done.
 */
export async function createWorkCopy(url: string, purpose = 'prove'): Promise<WorkCopy> {
  const name = `ringfence_${purpose}_${randomBytes(6).toString('hex')}`;
  const source = decodeURIComponent(new URL(url).pathname.slice(1));
  const maintenance = onDatabase(url, 'postgres');
  const copy = quoteIdentifier(name);
  await asAdministrator(maintenance, async (admin) => {
    await admin
      .query(`CREATE DATABASE ${copy} TEMPLATE ${quoteIdentifier(source)}`)
      .catch((cause: Error) => {
        throw new RingfenceError('PROOF_IMPOSSIBLE', {
          detail: `${source} cannot be copied: ${cause.message}. A copy needs CREATEDB and nobody connected; or use --in-place.`,
          cause,
        });
      });
    try {
      await carryOver(admin, source, copy);
    } catch (error) {
      await admin.query(`DROP DATABASE IF EXISTS ${copy} WITH (FORCE)`);
      throw error;
    }
  });
  return {
    name,
    url: (original) => onDatabase(original, name),
    drop: () =>
      asAdministrator(maintenance, async (admin) => {
        await admin.query(`DROP DATABASE IF EXISTS ${copy} WITH (FORCE)`);
      }),
  };
}

/** Settings that hold a list: their text is a list of quoted names already. */
const LISTS = /^(search_path|temp_tablespaces|\w*preload_libraries)$/;

async function carryOver(admin: pg.Client, source: string, copy: string): Promise<void> {
  const { rows } = await admin.query(
    'SELECT quote_ident(pg_get_userbyid(datdba)) AS owner FROM pg_database WHERE datname = $1',
    [source],
  );
  await admin.query(`ALTER DATABASE ${copy} OWNER TO ${rows[0].owner}`);
  await admin.query(`REVOKE ALL ON DATABASE ${copy} FROM PUBLIC`);
  for (const { right, grantee, grantable } of (await admin.query(RIGHTS, [source])).rows) {
    const option = grantable ? ' WITH GRANT OPTION' : '';
    await admin.query(`GRANT ${right} ON DATABASE ${copy} TO ${grantee}${option}`);
  }
  for (const { role, setting } of (await admin.query(SETTINGS, [source])).rows) {
    const at = String(setting).indexOf('=');
    const subject = role ? `ROLE ${role} IN DATABASE ${copy}` : `DATABASE ${copy}`;
    const name = String(setting)
      .slice(0, at)
      .split('.')
      .map((part) => quoteIdentifier(part))
      .join('.');
    const value = String(setting).slice(at + 1);
    const text = LISTS.test(name.replaceAll('"', '')) ? value || "''" : admin.escapeLiteral(value);
    await admin.query(`ALTER ${subject} SET ${name} TO ${text}`);
  }
}

/** The same login on another database of the same server. */
export function onDatabase(url: string, database: string): string {
  const other = new URL(url);
  other.pathname = `/${encodeURIComponent(database)}`;
  return other.href;
}

async function asAdministrator<T>(url: string, fn: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url });
  await client.connect().catch((cause: Error) => {
    throw new RingfenceError('DATABASE_UNAVAILABLE', { detail: cause.message, cause });
  });
  try {
    return await fn(client);
  } finally {
    await client.end();
  }
}
