/**
 * How a transaction says who it is for. `proven`: the tenant id travels with a proof that the database
 * verifies, so that no SQL of the application role can take another tenant's place. `unproven`: the
 * database believes the tenant id; whoever can run SQL as the application can be any tenant.
 */
export type ContextTrust = 'proven' | 'unproven';

/** Stores a verification key; `$1` kid, `$2` and `$3` the inner and outer pad. As the owner only. */
export const STORE_KEY_STATEMENT = `INSERT INTO ringfence.context_keys (kid, inner_pad, outer_pad)
  VALUES ($1, $2, $3) ON CONFLICT (kid) DO NOTHING`;

/** The kids of all keys, the oldest first. As the owner only. */
export const LIST_KEYS_STATEMENT =
  'SELECT kid FROM ringfence.context_keys ORDER BY created_at, kid';

/** Takes a key away; `$1` is its kid. As the owner only. */
export const REMOVE_KEY_STATEMENT = 'DELETE FROM ringfence.context_keys WHERE kid = $1';

/**
 * The table of verification keys: a secret each, already mixed with the two paddings of HMAC, because
 * PostgreSQL has SHA-256 built in and HMAC only in an extension. Nobody but its owner has a right on it.
 *
 * @see RFC 2104 (HMAC); PostgreSQL manual, 9.5 "Binary String Functions", sha256
 */
export function contextKeysSql(): string {
  return `CREATE TABLE ringfence.context_keys (
  kid text PRIMARY KEY,
  inner_pad bytea NOT NULL,
  outer_pad bytea NOT NULL,
  created_at timestamptz(3) NOT NULL DEFAULT now(),
  CONSTRAINT context_keys_kid_is_plain CHECK (kid ~ '^[A-Za-z0-9_-]{1,32}$'),
  CONSTRAINT context_keys_pads_are_blocks
    CHECK (octet_length(inner_pad) = 64 AND octet_length(outer_pad) = 64)
);

COMMENT ON TABLE ringfence.context_keys IS
  'Keys that verify the proof of a tenant context. Secret: readable by the owner alone.';

REVOKE ALL ON ringfence.context_keys FROM PUBLIC;`;
}
