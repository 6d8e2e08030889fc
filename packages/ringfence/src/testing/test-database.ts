import { createHash, createHmac, randomBytes } from 'node:crypto';
import pg from 'pg';
import { RingfenceError } from '../errors/index.js';
import {
  deployMigrations,
  type Login,
  readMigrations,
  setUpDatabase,
  storeContextKeys,
} from '../migration/index.js';
import { keyringFromEnvironment } from '../postgres/index.js';
import { type ContextTrust, quoteIdentifier } from '../sql/index.js';
import { refuseBypassingRole } from './refuse-bypassing-role.js';
import { withServerLock } from './server-lock.js';

/** A disposable database; each property but `name` and `drop` is a URL of one login on it. */
export interface TestDatabase {
  readonly name: string;
  /** The application login: what tests use, so that row-level security is on. */
  readonly app: string;
  readonly operator: string;
  readonly auditor: string;
  /** Seals the audit log. */
  readonly sealer: string;
  readonly migration: string;
  /** The superuser, for planting what an application could not do. Never for reading a result. */
  readonly admin: string;
  drop(): Promise<void>;
}

/** What {@link createTestDatabase} is asked for. */
export interface TestDatabaseOptions {
  /** A folder of migrations, as `deployMigrations` takes it. */
  readonly migrations?: string;
  /** SQL to run as the owner role, after the migrations. */
  readonly sql?: string;
  /** `unproven` for a database whose machinery was made without proofs; default `proven`. */
  readonly trust?: ContextTrust;
  /** A superuser URL of a disposable server; default `RINGFENCE_TEST_ADMIN_URL`. */
  readonly adminUrl?: string;
}

const GROUPS = ['migrator', 'app', 'operator', 'auditor', 'sealer'] as const;

/**
 * Makes a database of one's own for a test file: the migrations run once per server and content, into
 * a template, and each call clones it.
 *
 * @throws RingfenceError `DATABASE_ROLE_UNSAFE` when the application login could step around row-level
 *   security: tests would then pass without protecting anything.
 * @example
 * const db = await createTestDatabase({ migrations: 'prisma/migrations' });
 * const pool = new TenantPool({ connectionString: db.app });
 * afterAll(() => db.drop());
 */
export async function createTestDatabase(options: TestDatabaseOptions): Promise<TestDatabase> {
  const adminUrl = options.adminUrl ?? process.env.RINGFENCE_TEST_ADMIN_URL;
  if (!adminUrl) {
    throw new RingfenceError('CONFIGURATION_INVALID', {
      detail:
        'Give adminUrl or RINGFENCE_TEST_ADMIN_URL: the superuser URL of a disposable server.',
    });
  }
  const logins = GROUPS.map((group) => testLogin(group, adminUrl));
  const template = await ensureTemplate(options, adminUrl, logins);
  const name = `ringfence_test_${randomBytes(8).toString('hex')}`;
  await asAdmin(adminUrl, (admin) =>
    admin.query(`CREATE DATABASE ${quoteIdentifier(name)} TEMPLATE ${quoteIdentifier(template)}`),
  );
  const admin = onDatabase(adminUrl, name);
  // A clone does not inherit the rights on the database itself.
  await setUpDatabase({ url: admin, logins });
  const url = (group: Login['group']): string => {
    const login = logins.find((each) => each.group === group);
    return onDatabase(adminUrl, name, login);
  };
  const database: TestDatabase = {
    name,
    app: url('app'),
    operator: url('operator'),
    auditor: url('auditor'),
    sealer: url('sealer'),
    migration: url('migrator'),
    admin,
    drop: () => dropDatabase(adminUrl, name),
  };
  await refuseBypassingRole(database.app);
  return database;
}

async function ensureTemplate(
  options: TestDatabaseOptions,
  adminUrl: string,
  logins: readonly Login[],
): Promise<string> {
  const { migrations, sql } = options;
  const content = createHash('sha256')
    .update(
      JSON.stringify([
        migrations && readMigrations(migrations),
        sql,
        keyringFromEnvironment().signingKey().kid,
      ]),
    )
    .digest('hex');
  const template = `ringfence_template_${content.slice(0, 16)}`;
  await asAdmin(adminUrl, (admin) =>
    withServerLock(admin, template, async () => {
      const { rowCount } = await admin.query('SELECT FROM pg_database WHERE datname = $1', [
        template,
      ]);
      if (rowCount) return;
      // Under another name until it is whole: a run that is killed leaves no half template behind.
      const half = `${template}_half`;
      await admin.query(`DROP DATABASE IF EXISTS ${quoteIdentifier(half)} WITH (FORCE)`);
      await admin.query(`CREATE DATABASE ${quoteIdentifier(half)}`);
      const url = onDatabase(adminUrl, half);
      await setUpDatabase({ url, logins });
      if (migrations) await deployMigrations({ url, folder: migrations });
      if (sql) await asAdmin(url, (client) => client.query(`SET ROLE ringfence_owner; ${sql}`));
      if (options.trust !== 'unproven') {
        // The database verifies what the pools of this process sign.
        await storeContextKeys({ url, keys: [keyringFromEnvironment().signingKey()] });
      }
      await admin.query(
        `ALTER DATABASE ${quoteIdentifier(half)} RENAME TO ${quoteIdentifier(template)}`,
      );
    }),
  );
  return template;
}

/** The same for every process that tests on this server, and unknown to everybody else. */
function testLogin(group: Login['group'], adminUrl: string): Login {
  const password = createHmac('sha256', adminUrl).update(group).digest('base64url');
  const mark = createHash('sha256').update(password).digest('hex').slice(0, 6);
  return { group, name: `ringfence_${group}_test_${mark}`, password };
}

function onDatabase(adminUrl: string, database: string, login?: Login): string {
  const url = new URL(adminUrl);
  url.pathname = `/${database}`;
  if (login) {
    url.username = login.name;
    url.password = login.password ?? '';
  }
  return url.href;
}

async function dropDatabase(adminUrl: string, name: string): Promise<void> {
  await asAdmin(adminUrl, (admin) =>
    admin.query(`DROP DATABASE IF EXISTS ${quoteIdentifier(name)} WITH (FORCE)`),
  );
}

async function asAdmin<T>(url: string, fn: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await fn(client);
  } finally {
    await client.end();
  }
}
