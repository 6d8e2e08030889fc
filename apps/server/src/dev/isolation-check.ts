import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { RingfenceError } from 'ringfence/errors';
import { DEMO_PASSWORD } from '../auth/index.js';
import { TENANT_TABLES } from '../database/tenant-tables.js';

const RESOURCES = ['documents', 'projects', 'organizations', 'users'] as const;
const [A, B] = ['acme', 'globex'];
const BUSY_ATTEMPTS = 10;

/** What one customer's owner sees: addresses such as `/documents/<id>`. */
interface View {
  readonly token: string;
  readonly addresses: readonly string[];
}

/**
 * Shows on the running server that neither demo customer sees the other: both owners read their own
 * rows (otherwise "nothing seen" would prove nothing), each asks for everything of the other by id,
 * and the application's database login asks for all rows without any tenant.
 *
 * @param server the server's address; `databaseUrl` is the application login's.
 * @returns one line for the terminal.
 * @throws RingfenceError `START_FAILED` when anything is seen that must not be.
 */
export async function isolationCheck(server: string, databaseUrl: string): Promise<string> {
  const unbound = await rowsWithoutTenant(databaseUrl);
  const views = [await viewOf(server, `${A}`), await viewOf(server, `${B}`)] as const;
  const [a, b] = views;
  if (!a || !b) return 'not checked: a demo owner cannot log in any more';
  const leaks = [...(await seenBy(server, a, b)), ...(await seenBy(server, b, a))];
  if (leaks.length > 0 || unbound > 0) {
    const seen = [...leaks, ...(unbound > 0 ? [`${unbound} rows without a tenant`] : [])];
    throw new RingfenceError('START_FAILED', {
      detail: `The isolation check failed, so nothing stays running. Seen: ${seen.join(', ')}.`,
    });
  }
  const tries = a.addresses.length + b.addresses.length;
  return `${A} sees its ${a.addresses.length} rows, ${B} its ${b.addresses.length}; of the other’s ${tries}: none`;
}

/** `undefined` when the demo's owner was changed or removed since. */
async function viewOf(server: string, tenant: string): Promise<View | undefined> {
  const login = await send(`${server}/auth/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ tenant, email: `owner@${tenant}.test`, password: DEMO_PASSWORD }),
  });
  if (login.status === 401) return undefined;
  const { accessToken } = await readJson<{ accessToken: string }>(login, 'login');
  const addresses: string[] = [];
  for (const resource of RESOURCES) {
    const list = async (): Promise<string[]> => {
      const answer = await get(`${server}/${resource}?limit=100`, accessToken);
      const { items } = await readJson<{ items: { id: string }[] }>(answer, resource);
      return items.map(({ id }) => `/${resource}/${id}`);
    };
    for (const address of await list()) {
      const answer = await get(server + address, accessToken);
      // The server is open already: somebody may delete a row that was just listed.
      if (answer.status === 404 && !(await list()).includes(address)) continue;
      await readJson(answer, `${tenant}’s own ${address}`);
      addresses.push(address);
    }
  }
  return { token: accessToken, addresses };
}

/** The addresses of `theirs` for which `mine` does not get "not found". */
async function seenBy(server: string, mine: View, theirs: View): Promise<string[]> {
  const seen: string[] = [];
  for (const address of theirs.addresses) {
    const { status } = await get(server + address, mine.token);
    if (status !== 404) seen.push(`${address} (${status})`);
  }
  return seen;
}

async function rowsWithoutTenant(databaseUrl: string): Promise<number> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const counts = TENANT_TABLES.map(({ name }) => `(SELECT count(*)::int FROM ${name})`);
    const { rows } = await client.query<{ n: number }>(`SELECT ${counts.join(' + ')} AS n`);
    return rows[0]?.n ?? 0;
  } finally {
    await client.end();
  }
}

function get(url: string, token: string): Promise<Response> {
  return send(url, { headers: { authorization: `Bearer ${token}` } });
}

/** Waits its turn where the rate limit was set low, and a while for a server that others keep busy. */
async function send(url: string, request: RequestInit): Promise<Response> {
  for (let attempt = 1; ; attempt += 1) {
    const answer = await fetch(url, request);
    // Read to its end, or the connection cannot be used again.
    const body = await answer.arrayBuffer();
    const busy = answer.status === 503 && attempt < BUSY_ATTEMPTS;
    if (answer.status !== 429 && !busy) {
      const empty = answer.status === 204 || answer.status === 304;
      return new Response(empty ? null : body, { status: answer.status });
    }
    await sleep(1000 * Number(answer.headers.get('retry-after') ?? 1));
  }
}

async function readJson<T>(answer: Response, what: string): Promise<T> {
  if (!answer.ok) {
    throw new RingfenceError('START_FAILED', {
      detail: `The isolation check could not read ${what}: status ${answer.status}.`,
    });
  }
  return (await answer.json()) as T;
}
