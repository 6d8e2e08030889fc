import type { Client } from 'pg';
import type { MigrationState } from '../../sql/index.js';
import type { OnRolloutEvent } from '../backfill/index.js';
import { type LedgerRing, MigrationLedger, type MigrationStatus } from '../ledger/index.js';
import { assignRings, type TenantFacts } from './assign-rings.js';
import { judgeRing, type Verdict } from './judge-ring.js';
import { type NodeSignals, nodeSignals } from './node-signals.js';

/** What {@link conduct} is given. */
export interface ConductOptions {
  readonly migration: string;
  readonly facts?: TenantFacts;
  /** How long nodes may remember who was switched. Default 5 seconds. */
  readonly settleSeconds?: number;
  readonly onEvent?: OnRolloutEvent;
}

const SETTLE_SECONDS = 5;

/** Rings and times that the status does not show. */
interface RingDetails {
  readonly position: number;
  readonly baseline: { readonly signals: NodeSignals | null } | null;
  readonly requested: boolean;
  readonly approved: boolean;
  readonly approvedSince: boolean;
  readonly finishedMs: number;
  readonly mismatches: number;
  /** In quarantine because something failed, not because somebody put them there. */
  readonly quarantined: number;
}

/**
 * Takes a migration one step further, if one is due: opens a ring, puts one through its gates, holds the
 * migration, completes it, ends a rollback. One transaction, which does nothing while another runner is in
 * the same place: so it does not matter how many run, or where one of them dies.
 *
 * @param client as the owner role, outside a transaction.
 * @returns where the migration stands.
 * @throws RingfenceError of the ledger.
 */
export async function conduct(client: Client, options: ConductOptions): Promise<MigrationState> {
  const { migration, onEvent } = options;
  const said: Parameters<OnRolloutEvent>[0][] = [];
  const ledger = new MigrationLedger(client);
  await client.query('BEGIN');
  try {
    const { rows } = await client.query<{ mine: boolean }>(
      `SELECT pg_catalog.pg_try_advisory_xact_lock(pg_catalog.hashtextextended('ringfence.conduct:' || $1, 0)) AS mine`,
      [migration],
    );
    const [status] = await ledger.status(migration);
    let state = status?.state ?? 'draft';
    if (rows[0]?.mine && status && !status.stopped) {
      const step = new Step(client, ledger, status, options, said);
      state = await step.take();
    }
    await client.query('COMMIT');
    for (const event of said) onEvent?.(event);
    return state;
  } catch (error) {
    await client.query('ROLLBACK').catch(() => undefined);
    throw error;
  }
}

class Step {
  constructor(
    private readonly client: Client,
    private readonly ledger: MigrationLedger,
    private readonly status: MigrationStatus,
    private readonly options: ConductOptions,
    private readonly said: Parameters<OnRolloutEvent>[0][],
  ) {}

  async take(): Promise<MigrationState> {
    const { state } = this.status;
    if (state === 'rolling') return this.#roll();
    if (state === 'complete') return this.#go('soaking');
    if (state === 'rolling_back') return this.#endRollback();
    return state;
  }

  async #roll(): Promise<MigrationState> {
    const { name, rings } = this.status;
    await assignRings(this.client, name, rings, this.options.facts);
    await this.#setAsideReverted();
    const details = await this.#details();
    const crowded = this.#tooManyQuarantined(details);
    if (crowded) return this.#go('held', crowded);
    let before = true;
    for (const ring of rings) {
      const detail = details.get(ring.position) as RingDetails;
      const state = await this.#advance(ring, detail, before);
      if (typeof state === 'object') return this.#go('held', `ring ${ring.name}: ${state.hold}`);
      before &&= state === 'passed';
    }
    if (!before || (await this.#undone()) > 0) return 'rolling';
    return this.#go('complete');
  }

  /** One ring, as far as it goes now. */
  async #advance(
    ring: LedgerRing,
    detail: RingDetails,
    before: boolean,
  ): Promise<LedgerRing['state'] | { hold: string }> {
    let { state } = ring;
    if (state === 'waiting') {
      const due = detail.requested || (before && this.status.advancing);
      if (!due) return state;
      if (ring.gates.approval && !detail.approved) {
        this.#sayRing(ring, 'waiting', 'waits for approval');
        return state;
      }
      const signals = (await nodeSignals(this.client, null, null)) ?? null;
      await this.#setRing(
        ring,
        'open',
        `, baseline = $4, opened_at = clock_timestamp(), requested = false`,
        [JSON.stringify({ signals })],
      );
      state = 'open';
    }
    if (state === 'open') {
      // Counted anew: it may have been given tenants in this very step.
      if ((await this.#undone(ring.position)) > 0) return state;
      await this.#setRing(ring, 'watching', ', finished_at = clock_timestamp()');
      return 'watching';
    }
    // Tenants that came later, or that are tried again.
    if ((state === 'watching' || state === 'passed') && (await this.#undone(ring.position)) > 0) {
      await this.#setRing(ring, 'open');
      return 'open';
    }
    if (state === 'watching') {
      const { verdict, reason } = await this.#judge(ring, detail);
      if (verdict === 'hold') return { hold: reason };
      if (verdict === 'wait') this.#sayRing(ring, 'watching', reason);
      else {
        await this.#setRing(ring, 'passed');
        state = 'passed';
      }
    }
    return state;
  }

  async #judge(ring: LedgerRing, detail: RingDetails): Promise<Verdict> {
    return judgeRing({
      ring,
      quarantined: detail.quarantined,
      mismatches: detail.mismatches,
      finishedMs: detail.finishedMs,
      before: detail.baseline?.signals ?? undefined,
      since: await nodeSignals(this.client, ring.openedAt, null),
      approved: detail.approvedSince,
    });
  }

  #tooManyQuarantined(details: ReadonlyMap<number, RingDetails>): string | undefined {
    const share = this.status.settings.quarantineShare;
    for (const { name, position, state, tenants } of this.status.rings) {
      if (state !== 'open' || details.get(position)?.approvedSince) continue;
      const all = Object.values(tenants).reduce((sum, count) => sum + count, 0);
      const failed = details.get(position)?.quarantined ?? 0;
      if (failed > share * all) {
        return `ring ${name}: ${failed} of ${all} tenants stand in quarantine`;
      }
    }
    return undefined;
  }

  /** Tenants that somebody took back one by one: not to be taken on again until somebody asks. */
  async #setAsideReverted(): Promise<void> {
    await this.client.query(
      `UPDATE ringfence.migration_tenants SET state = 'quarantined', cursor = NULL, rows_done = 0,
         rows_changed = 0, mismatches = NULL, checksum = NULL, switched_at = NULL
       WHERE migration = $1 AND state = 'reverting'`,
      [this.status.name],
    );
  }

  /** Tenants that are neither switched nor in quarantine. */
  async #undone(ring?: number): Promise<number> {
    const { rows } = await this.client.query<{ n: number }>(
      `SELECT count(*)::int AS n FROM ringfence.migration_tenants AS t
       WHERE t.migration = $1 AND ($2::int IS NULL OR t.ring = $2) AND t.state NOT IN ('switched', 'quarantined')`,
      [this.status.name, ring ?? null],
    );
    return rows[0]?.n ?? 0;
  }

  async #endRollback(): Promise<MigrationState> {
    const { name } = this.status;
    const seconds = this.options.settleSeconds ?? SETTLE_SECONDS;
    // Nodes still answer in the new shape for as long as they remember.
    const { rows } = await this.client.query<{ due: boolean }>(
      `SELECT changed_at <= clock_timestamp() - make_interval(secs => $2) AS due
       FROM ringfence.migrations WHERE name = $1`,
      [name, seconds],
    );
    if (!rows[0]?.due) return 'rolling_back';
    await this.client.query(
      `UPDATE ringfence.migration_tenants SET state = 'pending', cursor = NULL, rows_done = 0, rows_changed = 0,
         mismatches = NULL, checksum = NULL, switched_at = NULL
       WHERE migration = $1 AND state = 'reverting'`,
      [name],
    );
    await this.client.query(
      `UPDATE ringfence.migration_rings SET state = 'waiting', requested = false, approved_by = NULL, approved_at = NULL
       WHERE migration = $1 AND state <> 'waiting'`,
      [name],
    );
    return this.#go('rolled_back');
  }

  async #details(): Promise<Map<number, RingDetails>> {
    const { rows } = await this.client.query<RingDetails>(
      `SELECT r.position, r.baseline, r.requested, r.approved_at IS NOT NULL AS approved,
         coalesce(r.approved_at >= r.opened_at, false) OR coalesce(n.approved_at >= r.finished_at, false) AS "approvedSince",
         coalesce(extract(epoch FROM clock_timestamp() - r.finished_at) * 1000, 0)::float8 AS "finishedMs",
         t.mismatches, t.quarantined
       FROM ringfence.migration_rings AS r
       LEFT JOIN ringfence.migration_rings AS n ON n.migration = r.migration AND n.position = r.position + 1,
       LATERAL (SELECT coalesce(sum(t.mismatches), 0)::float8 AS mismatches,
           (count(*) FILTER (WHERE t.state = 'quarantined'
             AND t.error_code NOT IN ('SKIPPED', 'ROLLED_BACK')))::int AS quarantined
         FROM ringfence.migration_tenants AS t
         WHERE t.migration = r.migration AND t.ring = r.position) AS t
       WHERE r.migration = $1`,
      [this.status.name],
    );
    return new Map(rows.map((row) => [row.position, row]));
  }

  async #go(state: MigrationState, reason?: string): Promise<MigrationState> {
    await this.ledger.step(this.status.name, state, reason);
    this.said.push({
      kind: 'migration',
      migration: this.status.name,
      state,
      ...(reason === undefined ? {} : { reason }),
    });
    return state;
  }

  async #setRing(
    ring: LedgerRing,
    state: LedgerRing['state'],
    more = '',
    values: unknown[] = [],
  ): Promise<void> {
    await this.client.query(
      `UPDATE ringfence.migration_rings SET state = $3${more} WHERE migration = $1 AND position = $2`,
      [this.status.name, ring.position, state, ...values],
    );
    this.#sayRing(ring, state);
  }

  #sayRing(ring: LedgerRing, state: LedgerRing['state'], reason?: string): void {
    this.said.push({
      kind: 'ring',
      migration: this.status.name,
      ring: ring.name,
      state,
      ...(reason === undefined ? {} : { reason }),
    });
  }
}
