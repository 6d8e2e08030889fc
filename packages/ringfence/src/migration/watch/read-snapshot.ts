import { fromPostgres, RingfenceError } from '../../errors/index.js';
import type { Queryable } from '../../sql/index.js';
import { MigrationLedger } from '../ledger/index.js';
import type { RolloutSnapshot } from './rollout-snapshot.js';

/** `$1` is the name of the migration in all of them. */
const AROUND = `SELECT
  (SELECT jsonb_build_object('all', c.migration = '*', 'actor', c.actor, 'reason', c.reason)
   FROM ringfence.migration_control AS c WHERE c.migration IN ('*', $1)
   ORDER BY c.migration = '*' DESC LIMIT 1) AS stopped,
  (SELECT coalesce(jsonb_agg(f.file ORDER BY f.applied_at, f.file), '[]')
   FROM ringfence.migration_files AS f WHERE f.migration = $1) AS files,
  (SELECT coalesce(jsonb_agg(jsonb_build_object('node', n.node, 'version', n.version, 'seenAt', n.seen_at)
     ORDER BY n.node), '[]')
   FROM ringfence.migration_nodes AS n
   WHERE n.seen_at > clock_timestamp() - make_interval(secs => $2)) AS nodes`;

const NEWEST_ACTS = `SELECT a.id::text AS id, a.at, a.actor, a.act, a.ring, a.tenant, a.reason
FROM ringfence.migration_acts AS a WHERE a.migration IN ($1, '*')
ORDER BY a.id DESC LIMIT $2`;

/** A node that was not heard of for so long is no node any more; see the runner's gates. */
const NODE_SECONDS = 300;
const FAILURES = 20;
const ACTS = 10;

/**
 * Reads where a migration stands: five short questions, whose answers are as large as its rings are many,
 * and not its tenants.
 *
 * @param db a connection of the operator or the owner.
 * @throws RingfenceError `MIGRATION_UNKNOWN`.
 */
export async function readSnapshot(db: Queryable, migration: string): Promise<RolloutSnapshot> {
  const ledger = new MigrationLedger(db);
  const [status] = await ledger.status(migration);
  if (!status)
    throw new RingfenceError('MIGRATION_UNKNOWN', { detail: `No migration ${migration}.` });
  const failures = await ledger.tenants(migration, {
    states: ['failed', 'quarantined'],
    limit: FAILURES,
  });
  const around = await ask<Pick<RolloutSnapshot, 'stopped' | 'files' | 'nodes'>>(db, AROUND, [
    migration,
    NODE_SECONDS,
  ]);
  const acts = await ask<RolloutSnapshot['acts'][number] & { at: Date }>(db, NEWEST_ACTS, [
    migration,
    ACTS,
  ]);
  return {
    at: status.at.toISOString(),
    migration: status.name,
    state: status.state,
    reason: status.reason,
    stopped: around[0]?.stopped ?? null,
    soakUntil: status.soakUntil?.toISOString() ?? null,
    rings: status.rings.map(({ name, state, tenants, approvedBy }) => ({
      name,
      state,
      tenants,
      approvedBy,
    })),
    tenants: status.tenants,
    rowsDone: status.rowsDone,
    rowsExpected: status.rowsExpected,
    uncounted: status.uncounted,
    failures: failures.map(({ tenant, state, errorCode, attempts }) => ({
      tenant,
      state,
      code: errorCode,
      attempts,
    })),
    files: around[0]?.files ?? [],
    nodes: around[0]?.nodes ?? [],
    acts: acts.map((act) => ({ ...act, at: act.at.toISOString() })),
  };
}

async function ask<R extends object>(db: Queryable, text: string, values: unknown[]): Promise<R[]> {
  try {
    return (await db.query<R>(text, values)).rows;
  } catch (error) {
    throw fromPostgres(error);
  }
}
