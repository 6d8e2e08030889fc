import { randomBytes } from 'node:crypto';
import pg from 'pg';

/** A database as teams have it without ringfence: an owner who may create databases, and a login. */
export interface PlainDatabase {
  readonly superuser: string;
  /** Owns the database and its tables; CREATEDB and nothing more. */
  readonly owner: string;
  readonly app: string;
  readonly appRole: string;
  run(url: string, sql: string): Promise<pg.QueryResult>;
  drop(): Promise<void>;
}

/** `{app}` in the SQL, which the owner runs, is the application's role. */
export async function createPlainDatabase(sql: string): Promise<PlainDatabase> {
  const given = process.env.RINGFENCE_TEST_ADMIN_URL;
  if (!given) throw new Error('The test server is not running.');
  const mark = randomBytes(5).toString('hex');
  const [name, owner, app] = [`plain_${mark}`, `plain_owner_${mark}`, `plain_app_${mark}`];
  const login = (role?: string): string => {
    const url = new URL(given);
    url.pathname = `/${name}`;
    if (role) [url.username, url.password] = [role, mark];
    return url.href;
  };
  const run = async (url: string, text: string): Promise<pg.QueryResult> => {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    try {
      return await client.query(text.replaceAll('{app}', app));
    } finally {
      await client.end();
    }
  };
  await run(given, `CREATE ROLE ${owner} LOGIN CREATEDB PASSWORD '${mark}'`);
  await run(given, `CREATE ROLE ${app} LOGIN PASSWORD '${mark}'`);
  await run(given, `CREATE DATABASE ${name} OWNER ${owner}`);
  await run(login(owner), sql);
  return {
    superuser: login(),
    owner: login(owner),
    app: login(app),
    appRole: app,
    run,
    async drop() {
      await run(given, `DROP DATABASE ${name} WITH (FORCE)`);
      await run(given, `DROP ROLE ${owner}, ${app}`);
    },
  };
}
