import pg from 'pg';
import {
  type ContextKey,
  DEFAULT_ROLE_PREFIX,
  LIST_KEYS_STATEMENT,
  quoteIdentifier,
  REMOVE_KEY_STATEMENT,
  roleNames,
  STORE_KEY_STATEMENT,
  storedKey,
} from '../sql/index.js';

/** Where the keys of a database are looked after. */
export interface ContextKeysOptions {
  /** A login that may become the owner role. */
  readonly url: string;
  /** Of the group roles; default `ringfence`. */
  readonly prefix?: string;
}

/** What {@link storeContextKeys} is asked for. */
export interface StoreKeysOptions extends ContextKeysOptions {
  readonly keys: readonly ContextKey[];
  readonly report?: (line: string) => void;
}

/**
 * Gives the database what it needs to verify proofs made with these keys. Keys that it knows stay as
 * they are. To be done before any process signs with them.
 *
 * @example
 * await storeContextKeys({ url: process.env.DATABASE_MIGRATION_URL, keys: parseKeyring(text) });
 */
export function storeContextKeys(options: StoreKeysOptions): Promise<void> {
  return asOwner(options, async (client) => {
    for (const key of options.keys) {
      const { rowCount } = await client.query(STORE_KEY_STATEMENT, storedKey(key));
      if (rowCount) options.report?.(`stored context key ${key.kid}`);
    }
  });
}

/** The kids of the keys that the database verifies, the oldest first. */
export function listStoredKeys(options: ContextKeysOptions): Promise<string[]> {
  return asOwner(options, async (client) => {
    const { rows } = await client.query<{ kid: string }>(LIST_KEYS_STATEMENT);
    return rows.map(({ kid }) => kid);
  });
}

/** Takes a key away: what was signed with it is refused from now on. */
export function removeContextKey(options: ContextKeysOptions & { kid: string }): Promise<void> {
  return asOwner(options, async (client) => {
    await client.query(REMOVE_KEY_STATEMENT, [options.kid]);
  });
}

async function asOwner<T>(
  options: ContextKeysOptions,
  fn: (client: pg.Client) => Promise<T>,
): Promise<T> {
  const { owner } = roleNames(options.prefix ?? DEFAULT_ROLE_PREFIX);
  const client = new pg.Client({ connectionString: options.url });
  await client.connect();
  try {
    await client.query(`SET ROLE ${quoteIdentifier(owner)}`);
    return await fn(client);
  } finally {
    await client.end();
  }
}
