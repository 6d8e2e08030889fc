import type { Client } from 'pg';
import { BIND_STATEMENT, type ContextKey, proveContext } from '../../sql/index.js';

const PROOF_SECONDS = 60;

/**
 * Counts the rows of each tenant, one bound tenant after the other: under forced row-level security nobody
 * sees those of all.
 *
 * @param client as the owner role, outside a transaction.
 * @param count the query; see `batchStatements`.
 */
export async function countRows(
  client: Client,
  tenants: readonly string[],
  count: string,
  keyring: { signingKey(): ContextKey },
): Promise<Map<string, number>> {
  const { rows } = await client.query<{ proven: boolean }>(
    "SELECT pg_catalog.to_regprocedure('ringfence.bind(uuid,text)') IS NOT NULL AS proven",
  );
  const proven = rows[0]?.proven ?? true;
  const found = new Map<string, number>();
  for (const tenant of tenants) {
    const expiry = Math.floor(Date.now() / 1_000) + PROOF_SECONDS;
    const proof = proveContext(keyring.signingKey(), tenant, expiry);
    await client.query('BEGIN READ ONLY');
    try {
      await client.query(
        BIND_STATEMENT[proven ? 'proven' : 'unproven'],
        proven ? [tenant, proof] : [tenant],
      );
      const counted = await client.query<{ count: string }>(count);
      found.set(tenant, Number(counted.rows[0]?.count ?? 0));
    } finally {
      await client.query('ROLLBACK');
    }
  }
  return found;
}
