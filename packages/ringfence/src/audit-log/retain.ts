import type { KeyObject } from 'node:crypto';
import { signed } from '../signing/index.js';
import type { Queryable } from '../sql/index.js';
import { quoteQualified } from '../sql/index.js';
import type { CheckpointSink, Drop } from './checkpoint.js';

/** What {@link retainAuditLog} is asked for. */
export interface RetainOptions {
  /** A connection that has become the owner of the tables, and is in no transaction. */
  readonly client: Queryable;
  /** Partitions that end before this time are too old. */
  readonly before: Date;
  readonly key: KeyObject;
  readonly sink: CheckpointSink;
  /** Drop them; without it, only say which. */
  readonly apply: boolean;
}

/** What is, or would be, done with a partition. */
export interface RetainedPartition {
  readonly partition: string;
  readonly from: string;
  readonly to: string;
  readonly rows: number;
  /** Rows that are not sealed: while there is one, the partition stays. */
  readonly unsealed: number;
  readonly dropped: boolean;
}

/** How long a drop waits for whoever writes: all of them would wait behind it. */
const LOCK_TIMEOUT = '2s';

/**
 * Drops partitions of the audit log that are old enough and wholly sealed. Their seals stay, so that the
 * chains still hold together, and a signed statement says what is gone.
 *
 * @throws the driver's error with SQLSTATE 55P03 when a writer was in the way for too long.
 */
export async function retainAuditLog(options: RetainOptions): Promise<RetainedPartition[]> {
  const { client, before } = options;
  const { rows } = await client.query<{ name: string; from: string; to: string }>(PARTITIONS);
  const old = rows.filter(({ to }) => new Date(to) <= before);
  const done: RetainedPartition[] = [];
  for (const partition of old) {
    await client.query('BEGIN');
    try {
      await client.query(`SET LOCAL lock_timeout = '${LOCK_TIMEOUT}'`);
      const result = await retain(options, partition);
      done.push(result);
      await client.query(result.dropped ? 'COMMIT' : 'ROLLBACK');
    } catch (error) {
      await client.query('ROLLBACK');
      throw error;
    }
  }
  return done;
}

async function retain(
  { client, key, sink, apply }: RetainOptions,
  { name, from, to }: { name: string; from: string; to: string },
): Promise<RetainedPartition> {
  const table = quoteQualified('ringfence', name);
  // Under FORCE not even the owner sees these rows. Lifted in this transaction alone, which holds the
  // locks: whoever still writes into the partition has ended, and nobody reads while it is open.
  await client.query(`ALTER TABLE ${table} NO FORCE ROW LEVEL SECURITY`);
  await client.query('ALTER TABLE ringfence.audit_seals NO FORCE ROW LEVEL SECURITY');
  const { rows } = await client.query<{ rows: string; unsealed: string }>(unsealedStatement(table));
  await client.query('ALTER TABLE ringfence.audit_seals FORCE ROW LEVEL SECURITY');
  const count = Number(rows[0]?.rows ?? 0);
  const unsealed = Number(rows[0]?.unsealed ?? 0);
  const dropped = apply && unsealed === 0;
  if (dropped) {
    const drop: Drop = {
      format: 'ringfence-audit-drop/1',
      at: new Date().toISOString(),
      partition: name,
      from,
      to,
      rows: count,
    };
    const statement = JSON.stringify(signed(drop, key));
    await client.query(`ALTER TABLE ringfence.audit_log DETACH PARTITION ${table}`);
    await client.query(`DROP TABLE ${table}`);
    await client.query(
      'INSERT INTO ringfence.audit_drops (partition, from_at, to_at, statement) VALUES ($1, $2, $3, $4)',
      [name, from, to, statement],
    );
    // Before the commit: of what is gone there is always a word outside.
    await sink.write(statement);
  }
  return { partition: name, from, to, rows: count, unsealed, dropped };
}

const bound = (at: number): string =>
  `to_char((regexp_match(pg_get_expr(c.relpartbound, c.oid), 'FROM \\(''(.*)''\\) TO \\(''(.*)''\\)'))[${at}]::timestamptz
    AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;

/** All partitions but the one for whatever falls outside of the others. */
const PARTITIONS = `SELECT c.relname AS name, ${bound(1)} AS from, ${bound(2)} AS to
FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
WHERE i.inhparent = 'ringfence.audit_log'::regclass
  AND pg_get_expr(c.relpartbound, c.oid) LIKE 'FOR VALUES FROM %' ORDER BY 2`;

function unsealedStatement(table: string): string {
  return `SELECT count(*)::text AS rows,
  count(*) FILTER (WHERE h.seq IS NULL OR (p.xact, p.id) > (h.through_xact, h.through_id))::text AS unsealed
FROM ${table} AS p LEFT JOIN (
  SELECT DISTINCT ON (tenant_id) tenant_id, seq, through_xact, through_id
  FROM ringfence.audit_seals ORDER BY tenant_id, seq DESC
) AS h ON h.tenant_id = p.tenant_id`;
}
