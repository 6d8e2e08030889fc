import { setTimeout as sleep } from 'node:timers/promises';
import { RingfenceError } from '../../errors/index.js';
import type { Queryable } from '../../sql/index.js';
import { type Ask, type LedgerRing, MigrationLedger, type TenantEntry } from '../ledger/index.js';
import { readSnapshot } from '../watch/read-snapshot.js';
import type { RolloutSnapshot } from '../watch/rollout-snapshot.js';

/** What a {@link MigrationDesk} is made with. */
export interface MigrationDeskOptions {
  /** The platform's own connection, as the operator role; an `OperatorPool` is one. */
  readonly operator: {
    run<T>(reason: string, fn: (client: Queryable) => Promise<T>): Promise<T>;
  };
  /**
   * Carries out in this process what was asked for, until the signal. Without it another process does
   * (`ringfence migrate run`), and who asks waits for that one.
   */
  readonly runner?: (migration: string, until: AbortSignal) => Promise<unknown>;
}

/** Who asks, why, and how long they wait. */
export interface AskOptions {
  /** Stands in the acts of the migration and in the log of the platform. */
  readonly actor: string;
  readonly reason?: string;
  /** How long to wait until it is done, in milliseconds; default ten minutes. */
  readonly timeoutMs?: number;
  /** Stops the waiting; what was asked for stays asked for. */
  readonly signal?: AbortSignal;
}

const TIMEOUT_MS = 600_000;
const FIRST_LOOK_MS = 50;
const LAST_LOOK_MS = 2000;
/** States in which a migration does nothing for anybody until somebody acts. */
const STANDING: ReadonlySet<string> = new Set([
  'paused',
  'held',
  'halted',
  'rolling_back',
  'rolled_back',
]);

/**
 * Where people and programs ask for what a runner does: in the ledger, in somebody's name, as the
 * operator role. It holds no connection while it waits.
 *
 * @throws RingfenceError from every method: `MIGRATION_UNKNOWN`, `MIGRATION_STEP_REFUSED`,
 *   `CONTRACT_REFUSED`, or what the connection failed with.
 * @example
 * const desk = new MigrationDesk({ operator });
 * await desk.applyToTenant(acme, '20261127100000_document_slug', { actor: 'ann@example.test' });
 */
export class MigrationDesk {
  readonly #options: MigrationDeskOptions;

  constructor(options: MigrationDeskOptions) {
    this.#options = options;
  }

  /** Asks for one act. @returns the id of its record. */
  async ask(ask: Ask): Promise<string> {
    const { operator } = this.#options;
    const call = (one: Ask): Promise<string> =>
      operator.run(`migrate ${one.act}`, (db) => new MigrationLedger(db).ask(one));
    // The switch in a transaction of its own: the state may be locked for a while, the switch never is.
    if (ask.act === 'halt' && ask.migration !== '*') await call({ ...ask, act: 'stop' });
    return call(ask);
  }

  /** Where a migration stands. */
  status(migration: string): Promise<RolloutSnapshot> {
    return this.#options.operator.run('migrate status', (db) => readSnapshot(db, migration));
  }

  /**
   * Has one tenant migrated, whatever ring it is in, and waits until it is switched.
   *
   * @throws RingfenceError `MIGRATION_TENANT_FAILED` when it was put aside (its code is in the detail);
   *   `MIGRATION_STOPPED` when the migration stands still; `MIGRATION_UNDER_WAY` when the time is over.
   */
  applyToTenant(tenant: string, migration: string, options: AskOptions): Promise<TenantEntry> {
    const { actor, reason } = options;
    const ask = { act: 'request', migration, actor, tenant, ...(reason && { reason }) } as const;
    return this.#apply(ask, options, async (ledger) => {
      const [entry] = await ledger.tenants(migration, { tenant });
      if (entry?.state === 'switched') return entry;
      if (entry?.state === 'quarantined') throw failed(entry);
      return undefined;
    });
  }

  /**
   * Has all tenants of a ring migrated, and waits until the ring has passed its gates.
   *
   * @throws RingfenceError as {@link MigrationDesk.applyToTenant}; a gate that does not open holds the
   *   migration, which is `MIGRATION_STOPPED` with the reason.
   */
  applyToRing(migration: string, ring: string, options: AskOptions): Promise<LedgerRing> {
    const { actor, reason } = options;
    const ask = { act: 'request', migration, actor, ring, ...(reason && { reason }) } as const;
    return this.#apply(ask, options, async (ledger) => {
      const [status] = await ledger.status(migration);
      const found = status?.rings.find(({ name }) => name === ring);
      return found?.state === 'passed' ? found : undefined;
    });
  }

  async #apply<T>(
    ask: Ask,
    options: AskOptions,
    look: (ledger: MigrationLedger) => Promise<T | undefined>,
  ): Promise<T> {
    const { operator, runner } = this.#options;
    const limit = AbortSignal.timeout(options.timeoutMs ?? TIMEOUT_MS);
    const given = options.signal ? AbortSignal.any([limit, options.signal]) : limit;
    await this.ask(ask);
    const done = new AbortController();
    const running = runner?.(ask.migration, AbortSignal.any([given, done.signal]));
    const broken = running?.then(
      () => undefined,
      (error: unknown) => {
        done.abort(error);
      },
    );
    const signal = AbortSignal.any([given, done.signal]);
    try {
      for (let pause = FIRST_LOOK_MS; ; pause = Math.min(pause * 2, LAST_LOOK_MS)) {
        const found = await operator.run('migrate status', async (db) => {
          const ledger = new MigrationLedger(db);
          return (await look(ledger)) ?? standing(await ledger.find(ask.migration));
        });
        if (found !== undefined) return found;
        if (done.signal.aborted) throw done.signal.reason;
        if (signal.aborted) throw new RingfenceError('MIGRATION_UNDER_WAY');
        await sleep(pause, undefined, { signal }).catch(() => undefined);
      }
    } finally {
      done.abort();
      await broken;
    }
  }
}

/** @throws RingfenceError `MIGRATION_STOPPED` for a migration that nobody carries out. */
function standing(
  entry: { state: string; stopped: boolean; reason: string | null } | undefined,
): undefined {
  if (!entry) throw new RingfenceError('MIGRATION_UNKNOWN');
  if (!entry.stopped && !STANDING.has(entry.state)) return undefined;
  const why = entry.reason === null ? '' : `: ${entry.reason}`;
  throw new RingfenceError('MIGRATION_STOPPED', {
    detail: `It is ${entry.stopped ? 'stopped' : entry.state}${why}.`,
  });
}

function failed({ errorCode, attempts }: TenantEntry): RingfenceError {
  return new RingfenceError('MIGRATION_TENANT_FAILED', {
    detail: `${errorCode ?? 'It failed'} after ${attempts} attempts.`,
  });
}
