import pg from 'pg';
import { RingfenceError } from '../errors/index.js';
import { checkApplicationRole } from '../postgres/index.js';

/**
 * Refuses a login for which row-level security does not hold, or may be switched off: a test that runs
 * as such a role is green whatever the policies say.
 *
 * @throws RingfenceError `DATABASE_ROLE_UNSAFE` or `DATABASE_UNPROTECTED`, with every reason.
 * @example
 * beforeAll(() => refuseBypassingRole(process.env.TEST_DATABASE_URL));
 */
export async function refuseBypassingRole(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const problems = await checkApplicationRole(client);
    const [first] = problems;
    if (!first) return;
    throw new RingfenceError(first.code, {
      detail: problems.map(({ sentence }) => sentence).join(' '),
    });
  } finally {
    await client.end();
  }
}
