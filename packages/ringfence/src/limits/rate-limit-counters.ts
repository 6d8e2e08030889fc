import type { TenantTable } from '../sql/index.js';

/**
 * The table of `postgresCounters`: a tenant table like any other, so SQL that runs in one tenant reaches
 * the counters of that tenant alone. Keys are SHA-256 of policy and subject: no actor's id stands in it.
 * A row that has expired is begun anew by the next count, or can be deleted.
 *
 * @example
 * tenantTableSql(RATE_LIMIT_COUNTERS); // for a migration
 */
export const RATE_LIMIT_COUNTERS: TenantTable = {
  name: 'rate_limit_counters',
  columns: [
    { name: 'key_hash', type: 'bytea NOT NULL', updatable: false },
    { name: 'requests', type: 'integer NOT NULL' },
    { name: 'expires_at', type: 'timestamptz NOT NULL' },
  ],
  unique: [['key_hash']],
  checks: { rate_limit_counters_key_hash_is_sha256: 'octet_length("key_hash") = 32' },
};

/**
 * Counts on counters of the bound tenant, all in one statement and in one order, so that two of them
 * never wait for each other in a circle.
 *
 * $1 keys in hex, each once; $2 requests; $3 lengths of windows in seconds.
 */
export const COUNT_STATEMENT = `INSERT INTO public.rate_limit_counters AS c (key_hash, requests, expires_at)
SELECT decode(n.key, 'hex'), n.requests, now() + make_interval(secs => n.seconds)
FROM unnest($1::text[], $2::integer[], $3::integer[]) AS n (key, requests, seconds)
ORDER BY 1
ON CONFLICT (tenant_id, key_hash) DO UPDATE SET
  requests = CASE WHEN c.expires_at <= now() THEN excluded.requests
    ELSE least(c.requests, 1500000000) + excluded.requests END,
  expires_at = CASE WHEN c.expires_at <= now() THEN excluded.expires_at ELSE c.expires_at END
RETURNING encode(c.key_hash, 'hex') AS key, c.requests,
  ceil(extract(epoch FROM c.expires_at - now()) * 1000)::float8 AS milliseconds`;
