import pg from 'pg';
import {
  type ContextKey,
  DEFAULT_ROLE_PREFIX,
  quoteIdentifier,
  roleNames,
  STORE_KEY_STATEMENT,
  storedKey,
} from '../sql/index.js';

/** What {@link storeContextKeys} is asked for. */
export interface StoreKeysOptions {
  /** A login that may become the owner role. */
  readonly url: string;
  readonly keys: readonly ContextKey[];
  /** Of the group roles; default `ringfence`. */
  readonly prefix?: string;
  readonly report?: (line: string) => void;
}

/**
 * Gives the database what it needs to verify proofs made with these keys. Keys that it knows stay as
 * they are. To be done before any process signs with them.
 *
 * @example
 * await storeContextKeys({ url: process.env.DATABASE_MIGRATION_URL, keys: parseKeyring(text) });
 */
export async function storeContextKeys(options: StoreKeysOptions): Promise<void> {
  const { owner } = roleNames(options.prefix ?? DEFAULT_ROLE_PREFIX);
  const client = new pg.Client({ connectionString: options.url });
  await client.connect();
  try {
    await client.query(`SET ROLE ${quoteIdentifier(owner)}`);
    for (const key of options.keys) {
      const { rowCount } = await client.query(STORE_KEY_STATEMENT, storedKey(key));
      if (rowCount) options.report?.(`stored context key ${key.kid}`);
    }
  } finally {
    await client.end();
  }
}
