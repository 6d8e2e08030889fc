import type { Client } from 'pg';
import { DEFAULT_ROLE_PREFIX } from '../../sql/index.js';
import { batchStatements } from '../backfill/index.js';
import { sessionSettings } from '../ddl/session-settings.js';
import type { SqlBackfill } from '../folder/index.js';

/** What a few tenants' first batches showed; all of it was rolled back. */
export interface BackfillSample {
  readonly tenants: number;
  /** How many tenants there are. */
  readonly ofTenants: number;
  /** Rows of the largest of them. */
  readonly largest: number;
  readonly rows: number;
  readonly ms: number;
}

/** Binds a tenant for the running transaction, with a proof. */
export type BindTenant = (client: Client, tenantId: string) => Promise<void>;

const TENANTS = 5;
const ROWS = 500;
const LOCK_MS = 100;
const STATEMENT_MS = 5_000;

/**
 * Runs the first batch of a few tenants, drawn by lot, each in a transaction that is rolled back, and takes
 * the time. Rows are locked for as long as a batch takes, as in the backfill itself.
 *
 * @returns `undefined` when there is no tenant.
 */
export async function sampleBackfill(
  client: Client,
  backfill: SqlBackfill,
  bind: BindTenant,
  prefix: string = DEFAULT_ROLE_PREFIX,
): Promise<BackfillSample | undefined> {
  const inTransaction = async <T>(fn: () => Promise<T>): Promise<T> => {
    await client.query(`BEGIN; ${sessionSettings('LOCAL', prefix, LOCK_MS, STATEMENT_MS)}`);
    try {
      return await fn();
    } finally {
      await client.query('ROLLBACK');
    }
  };
  const tenants = await inTransaction(() =>
    client.query<{ id: string; n: number }>(
      'SELECT id, (count(*) OVER ())::int AS n FROM ringfence.tenants ORDER BY random() LIMIT $1',
      [TENANTS],
    ),
  );
  const found = [];
  for (const { id } of tenants.rows) {
    found.push(
      await inTransaction(async () => {
        const { range, count, change } = await batchStatements(client, backfill.table, backfill);
        await bind(client, id);
        const all = await client.query<{ count: string }>(count);
        const next = await client.query<{ id: string; n: number }>(range, [null, ROWS]);
        const { id: upto, n = 0 } = next.rows[0] ?? {};
        const began = performance.now();
        if (upto !== undefined && change) await client.query(change, [null, upto]);
        return { all: Number(all.rows[0]?.count ?? 0), rows: n, ms: performance.now() - began };
      }),
    );
  }
  if (found.length === 0) return undefined;
  const sum = (values: number[]): number => values.reduce((one, other) => one + other, 0);
  return {
    tenants: found.length,
    ofTenants: tenants.rows[0]?.n ?? 0,
    largest: Math.max(...found.map(({ all }) => all)),
    rows: sum(found.map(({ rows }) => rows)),
    ms: sum(found.map(({ ms }) => ms)),
  };
}
