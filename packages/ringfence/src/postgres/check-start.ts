import { randomUUID } from 'node:crypto';
import type { PoolClient, QueryResult } from 'pg';
import { parseTenantId, runInTenant } from '../context/index.js';
import { CATALOGUE, fromPostgres } from '../errors/index.js';
import { checkApplicationRole, type StartProblem } from './check-application-role.js';
import type { Pooler } from './pooler.js';

/** What the checks need of a pool. */
export interface CheckedPool {
  /** Runs a statement for the tenant of the context. */
  bound(text: string): Promise<QueryResult>;
  /** Runs a statement for nobody. */
  unbound(text: string): Promise<QueryResult>;
  connect(): Promise<PoolClient>;
  readonly pooler: Pooler | undefined;
}

/**
 * Why an application must not start on its database: its role may too much ({@link checkApplicationRole}),
 * the database does not accept what this process signs, or a pooler stands between that nobody has named.
 */
export async function checkStart(pool: CheckedPool): Promise<StartProblem[]> {
  const problems = await checkApplicationRole({
    query: async <R extends object>(text: string) => {
      const { rows, rowCount } = await pool.unbound(text);
      return { rows: rows as R[], rowCount };
    },
  });
  if (problems.length === 0) problems.push(...(await checkProof(pool)));
  return [...problems, ...(await checkPooler(pool))];
}

/** Does the database accept what this process signs? Asked for a tenant that does not exist. */
async function checkProof(pool: CheckedPool): Promise<StartProblem[]> {
  const nobody = parseTenantId(randomUUID());
  const ask = (): Promise<QueryResult> => pool.bound('SELECT ringfence.current_tenant_id()');
  try {
    await runInTenant(nobody, ask, { nested: 'separate' });
    return [];
  } catch (error) {
    const { code } = fromPostgres(error);
    if (code !== 'TENANT_CONTEXT_UNPROVEN') throw error;
    return [{ code, sentence: CATALOGUE[code].sentence }];
  }
}

/** Is there a pooler that nobody has named? It answers for a server process, and is another one. */
async function checkPooler(pool: CheckedPool): Promise<StartProblem[]> {
  if (pool.pooler !== undefined) return [];
  const client = await pool.connect();
  try {
    const { rows } = await client.query('SELECT pg_catalog.pg_backend_pid() AS pid');
    const { processID } = client as PoolClient & { processID?: number };
    if (processID === rows[0].pid) return [];
  } finally {
    client.release();
  }
  const code = 'POOLER_UNDECLARED';
  return [{ code, sentence: CATALOGUE[code].sentence }];
}
