import { randomBytes } from 'node:crypto';
import pg from 'pg';

/** An empty database that belongs to a login of its own; everything is gone after `drop`. */
export interface ScratchDatabase {
  readonly database: string;
  readonly prefix: string;
  readonly ownerUrl: string;
  readonly adminUrl: string;
  url(user: string, password: string): string;
  asAdmin(sql: string): Promise<Record<string, unknown>[]>;
  drop(): Promise<void>;
}

/** @param attributes of the login that owns the database, for example `CREATEROLE`. */
export async function scratchDatabase(attributes: string): Promise<ScratchDatabase> {
  const server = process.env.RINGFENCE_TEST_ADMIN_URL ?? '';
  const mark = randomBytes(4).toString('hex');
  const prefix = `scratch_${mark}`;
  const run = async (url: string, sql: string): Promise<Record<string, unknown>[]> => {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    try {
      return (await client.query(sql)).rows;
    } finally {
      await client.end();
    }
  };
  const url = (user: string, password: string): string => {
    const wanted = new URL(server);
    Object.assign(wanted, { pathname: `/${prefix}`, username: user, password });
    return wanted.href;
  };
  const admin = new URL(server);
  admin.pathname = `/${prefix}`;
  await run(server, `CREATE ROLE ${prefix}_deployer LOGIN PASSWORD 'deployer' ${attributes}`);
  await run(server, `CREATE DATABASE ${prefix} OWNER ${prefix}_deployer`);
  return {
    database: prefix,
    prefix,
    ownerUrl: url(`${prefix}_deployer`, 'deployer'),
    adminUrl: admin.href,
    url,
    asAdmin: (sql) => run(admin.href, sql),
    drop: async () => {
      await run(server, `DROP DATABASE ${prefix} WITH (FORCE)`);
      const roles = await run(
        server,
        `SELECT rolname FROM pg_roles WHERE rolname LIKE '${prefix}%' ORDER BY rolname = '${prefix}_deployer'`,
      );
      const names = roles.map(({ rolname }) => rolname).join(', ');
      await run(server, `DROP ROLE ${names}`);
    },
  };
}
