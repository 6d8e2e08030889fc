import pg from 'pg';
import { quoteIdentifier } from '../../src/sql/index.js';

/** A scratch database for SQL that makes roles of its own, which go with it. */
export interface ScratchCluster {
  readonly url: string;
  run<T>(fn: (client: pg.Client) => Promise<T>): Promise<T>;
  drop(): Promise<void>;
}

function onDatabase(database: string): string {
  const url = new URL(process.env.RINGFENCE_TEST_ADMIN_URL ?? '');
  url.pathname = `/${database}`;
  return url.href;
}

async function asAdmin<T>(database: string, fn: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: onDatabase(database) });
  await client.connect();
  try {
    return await fn(client);
  } finally {
    await client.end();
  }
}

/** Rights on parameters belong to the server and would keep their roles from going. */
const REVOKE_PARAMETERS = `DO $$ DECLARE g record; BEGIN
  FOR g IN SELECT p.parname, pg_get_userbyid(a.grantee) AS role
    FROM pg_parameter_acl p, aclexplode(p.paracl) a WHERE starts_with(pg_get_userbyid(a.grantee), current_setting('scratch.prefix'))
  LOOP EXECUTE format('REVOKE ALL ON PARAMETER %s FROM %I', g.parname, g.role); END LOOP; END $$`;

async function drop(database: string, rolePrefix: string): Promise<void> {
  await asAdmin('postgres', async (admin) => {
    await admin.query(`DROP DATABASE IF EXISTS ${quoteIdentifier(database)} WITH (FORCE)`);
    await admin.query("SELECT set_config('scratch.prefix', $1, false)", [rolePrefix]);
    await admin.query(REVOKE_PARAMETERS);
    const { rows } = await admin.query<{ name: string }>(
      'SELECT rolname AS name FROM pg_roles WHERE starts_with(rolname, $1)',
      [rolePrefix],
    );
    for (const { name } of rows) await admin.query(`DROP ROLE ${quoteIdentifier(name)}`);
  });
}

/** Loads `sql` as superuser; all roles that it makes begin with `rolePrefix`. */
export async function createScratch(
  database: string,
  rolePrefix: string,
  sql: string,
): Promise<ScratchCluster> {
  await drop(database, rolePrefix);
  await asAdmin('postgres', (admin) => admin.query(`CREATE DATABASE ${quoteIdentifier(database)}`));
  await asAdmin(database, (admin) => admin.query(sql));
  return {
    url: onDatabase(database),
    run: (fn) => asAdmin(database, fn),
    drop: () => drop(database, rolePrefix),
  };
}
