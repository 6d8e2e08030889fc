import { randomBytes } from 'node:crypto';
import os from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from 'pg';
import { RingfenceError } from '../../errors/index.js';
import {
  type ContextKey,
  type MigrationState,
  type Queryable,
  quoteQualified,
} from '../../sql/index.js';
import {
  batchStatements,
  closeConnection,
  connectAsOwner,
  failureOf,
  lockWaits,
  type OnRolloutEvent,
  type RunnerConnectionOptions,
  replicationLag,
  type TenantWork,
  Throttle,
  tableMaintenance,
  Worker,
  type WorkerSettings,
  walRate,
} from '../backfill/index.js';
import type { ApplyOptions } from '../ddl/index.js';
import { type PhasedMigration, parseTableName } from '../folder/index.js';
import { type MigrationEntry, MigrationLedger } from '../ledger/index.js';
import { conduct, countRows, type TenantFacts } from '../rings/index.js';
import { type ContractOptions, contract } from './contract.js';
import { expand, type SchemaConnections } from './expand.js';
import { loadDefinition } from './load-definition.js';
import { refuseUnsafe } from './refuse-unsafe.js';

/** What a {@link MigrationRunner} is given. */
export interface MigrationRunnerOptions extends RunnerConnectionOptions {
  readonly migration: PhasedMigration;
  /** Signs the tenants whose rows are changed: the keyring of the application. */
  readonly keyring: { signingKey(): ContextKey };
  /** How many work side by side in this process. Default 2. */
  readonly workers?: number;
  readonly worker?: Partial<WorkerSettings>;
  /** Holds the work back; default one over replication lag, WAL, lock waits and maintenance of the table. */
  readonly throttle?: Throttle;
  readonly schema?: ApplyOptions;
  /** Where plans are known, for rings that select by plan. Counting rows is known already. */
  readonly facts?: TenantFacts;
  /** How long nodes may remember who is switched. Default 5 seconds. */
  readonly settleSeconds?: number;
  /** Looks at the files before anything is done; throws to refuse. Default the linter, which does. */
  readonly lint?: (migration: PhasedMigration, db: Queryable) => void | Promise<void>;
  readonly onEvent?: OnRolloutEvent;
}

/** Where a runner has nothing more to do. */
const RESTING: ReadonlySet<MigrationState> = new Set([
  ...(['draft', 'linted', 'expanding', 'expanded'] as const),
  ...(['paused', 'held', 'halted', 'rolled_back'] as const),
  ...(['soaking', 'contracting', 'contracted'] as const),
]);
const TICK_MS = 200;
const LONGEST_PAUSE_MS = 10_000;
const WORKERS = 2;

/**
 * Executes a migration: expand, then ring by ring, until it soaks, is held or is stopped. All that it knows
 * stands in the ledger, so it may be ended at any moment, by any means, and started again; several at once
 * share the work.
 *
 * @example
 * const runner = new MigrationRunner({ url, migration: readMigrationFolder(folder), keyring, actor: 'ci' });
 * await runner.expand();
 * const state = await runner.roll(AbortSignal.timeout(3_600_000)); // 'soaking'
 */
export class MigrationRunner {
  readonly #options: MigrationRunnerOptions;

  constructor(options: MigrationRunnerOptions) {
    this.#options = options;
  }

  /** Writes the migration down, lints it and changes the schema. Returns where it stands. */
  async expand(): Promise<MigrationState> {
    const { migration, lint = refuseUnsafe, schema, prefix } = this.#options;
    return this.#onSchema(async (connections) => {
      const ledger = new MigrationLedger(connections.owner);
      const entry = await this.#register(ledger);
      if (entry.state === 'draft') {
        await lint(migration, connections.owner);
        await ledger.step(migration.name, 'linted');
      }
      if (!entry.expandedAt) {
        if (entry.stopped) throw new RingfenceError('MIGRATION_STOPPED');
        await expand(connections, migration, { ...(prefix ? { prefix } : {}), ...schema });
      }
      return ((await ledger.find(migration.name)) as MigrationEntry).state;
    });
  }

  /**
   * Works until the migration soaks or is held, paused, halted or rolled back, or until the signal.
   * Connections that break are made again, for as long as it takes.
   *
   * @param options `start`: let rings follow one another by themselves (default). Otherwise only what is
   *   asked for is done. `watch`: wait for what is asked for next, until the signal.
   */
  async roll(
    signal: AbortSignal,
    options: { readonly start?: boolean; readonly watch?: boolean } = {},
  ): Promise<MigrationState> {
    const { start = true, watch = false } = options;
    const work = await this.#work();
    const stop = new AbortController();
    const ended = AbortSignal.any([signal, stop.signal]);
    const workers = Array.from({ length: this.#options.workers ?? WORKERS }, () =>
      this.#worker(work).run(ended),
    );
    try {
      return await this.#conduct(work, start, watch, signal);
    } finally {
      stop.abort();
      await Promise.all(workers);
    }
  }

  /** Takes the old shape away, for good, if nothing speaks against it. */
  async contract(options: ContractOptions = {}): Promise<void> {
    const { migration, schema, prefix } = this.#options;
    await this.#onSchema((connections) =>
      contract(connections, migration, { ...(prefix ? { prefix } : {}), ...schema, ...options }),
    );
  }

  async #conduct(
    work: TenantWork,
    start: boolean,
    watch: boolean,
    signal: AbortSignal,
  ): Promise<MigrationState> {
    const { migration, onEvent, settleSeconds } = this.#options;
    const facts = this.#facts(work);
    let client: Client | undefined;
    let state: MigrationState = 'draft';
    let started = !start;
    let troubles = 0;
    try {
      while (!signal.aborted) {
        try {
          client ??= await connectAsOwner(this.#options);
          if (!started) {
            state = await this.#start(new MigrationLedger(client));
            started = true;
          }
          state = await conduct(client, {
            migration: migration.name,
            facts,
            ...(settleSeconds === undefined ? {} : { settleSeconds }),
            ...(onEvent ? { onEvent } : {}),
          });
          troubles = 0;
          if (!watch && RESTING.has(state)) return state;
        } catch (error) {
          const { kind, code } = failureOf(error);
          if (kind === 'tenant') throw error;
          onEvent?.({ kind: 'trouble', migration: migration.name, code });
          troubles += 1;
          if (client) await closeConnection(client);
          client = undefined;
        }
        const pause = Math.min(TICK_MS * 2 ** Math.min(troubles, 10), LONGEST_PAUSE_MS);
        await sleep(pause, undefined, { signal }).catch(() => undefined);
      }
      return state;
    } finally {
      if (client) await closeConnection(client);
    }
  }

  /** Begins, or goes on with what was begun; somebody who has stopped it has to resume it. */
  async #start(ledger: MigrationLedger): Promise<MigrationState> {
    const { migration, actor } = this.#options;
    const entry = await ledger.find(migration.name);
    if (!entry) throw new RingfenceError('MIGRATION_UNKNOWN');
    if (entry.stopped) throw new RingfenceError('MIGRATION_STOPPED');
    if (entry.state === 'expanded' || (entry.state === 'rolling' && !entry.advancing)) {
      await ledger.ask({ act: 'start', migration: migration.name, actor });
    }
    return entry.state;
  }

  async #register(ledger: MigrationLedger): Promise<MigrationEntry> {
    const { name, checksum, meta } = this.#options.migration;
    return ledger.register({
      name,
      checksum,
      settings: {
        soakSeconds: meta.contract.soakMs / 1_000,
        quarantineShare: meta.quarantineShare,
        ...(meta.contract.needs === undefined ? {} : { needs: meta.contract.needs }),
        ...(meta.description === '' ? {} : { description: meta.description }),
      },
      rings: meta.rings.map(({ name: ring, select, approval, gate }) => ({
        name: ring,
        selector: select,
        gates: { ...meta.gate, ...gate, approval },
      })),
    });
  }

  async #work(): Promise<TenantWork> {
    const { name, backfill, verify } = this.#options.migration;
    const definition = backfill?.kind === 'module' ? await loadDefinition(backfill) : undefined;
    const table =
      backfill?.kind === 'sql' ? backfill.table : parseTableName(definition?.table ?? '');
    const base = { migration: name, ...(verify ? { verify: verify.sql } : {}) };
    if (!backfill) return base;
    if (!table) {
      throw new RingfenceError('MIGRATION_FAILED', { detail: `${backfill.file} names no table.` });
    }
    return this.#asOwner(async (client) => ({
      ...base,
      statements: await batchStatements(
        client,
        table,
        backfill.kind === 'sql' ? backfill : undefined,
      ),
      table: quoteQualified(table.schema, table.name),
      ...(definition ? { definition } : {}),
    }));
  }

  #worker(work: TenantWork): Worker {
    const { keyring, worker, onEvent } = this.#options;
    const probes = [replicationLag(), walRate(), lockWaits()];
    if (work.table) probes.push(tableMaintenance(work.table));
    return new Worker({
      work,
      name: `${os.hostname()}:${process.pid}:${randomBytes(4).toString('hex')}`,
      connect: () => connectAsOwner(this.#options),
      keyring,
      throttle: this.#options.throttle ?? new Throttle({ probes }),
      ...(worker ? { settings: worker } : {}),
      ...(onEvent ? { onEvent } : {}),
    });
  }

  #facts({ statements }: TenantWork): TenantFacts {
    const { facts, keyring } = this.#options;
    if (!statements) return { ...facts };
    const rows = (tenants: readonly string[]): Promise<ReadonlyMap<string, number>> =>
      this.#asOwner((client) => countRows(client, tenants, statements.count, keyring));
    return { rows, ...facts };
  }

  async #onSchema<T>(fn: (connections: SchemaConnections) => Promise<T>): Promise<T> {
    return this.#asOwner((owner) => this.#asOwner((files) => fn({ owner, files })));
  }

  async #asOwner<T>(fn: (client: Client) => Promise<T>): Promise<T> {
    const client = await connectAsOwner(this.#options);
    try {
      return await fn(client);
    } finally {
      await closeConnection(client);
    }
  }
}
