import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from 'pg';
import {
  CLAIM_TENANTS_STATEMENT,
  type ContextKey,
  FAIL_TENANT_STATEMENT,
  proveContext,
  RELEASE_TENANTS_STATEMENT,
  RENEW_LEASE_STATEMENT,
  type TenantMigrationState,
  VERIFY_TENANT_STATEMENT,
} from '../../sql/index.js';
import type { BackfillDefinition } from '../folder/index.js';
import type { BatchStatements } from './batch-statements.js';
import { type Failure, failureOf } from './failure-of.js';
import { BATCH_AIM, type BatchAim, nextBatchSize } from './next-batch-size.js';
import type { OnRolloutEvent } from './rollout-event.js';
import { runBatch } from './run-batch.js';
import { closeConnection } from './runner-connection.js';
import type { Throttle } from './throttle.js';

/** What a tenant of a migration needs done. */
export interface TenantWork {
  readonly migration: string;
  /** The table that is walked, quoted. */
  readonly table?: string;
  /** Nothing when the migration changes no rows. */
  readonly statements?: BatchStatements;
  readonly definition?: BackfillDefinition;
  /** One query: mismatches and a checksum. */
  readonly verify?: string;
}

/** What a {@link Worker} is given. */
export interface WorkerOptions {
  readonly work: TenantWork;
  /** Unlike that of any other worker, also of another process. */
  readonly name: string;
  /** As the owner role; called again when a connection was lost. */
  connect(): Promise<Client>;
  /** Signs the tenants that are bound. */
  readonly keyring: { signingKey(): ContextKey };
  readonly throttle?: Throttle;
  readonly onEvent?: OnRolloutEvent;
  readonly settings?: Partial<WorkerSettings>;
  /** Milliseconds; default the clock of the process. */
  readonly now?: () => number;
}

/** How a worker goes about it. */
export interface WorkerSettings {
  /** How long nobody else takes a tenant over from a worker that says nothing. */
  readonly leaseSeconds: number;
  /** Small tenants are taken several at a time, up to so many. */
  readonly mostTenants: number;
  readonly firstBatch: number;
  readonly aim: BatchAim;
  /** After so many failures a tenant is quarantined. */
  readonly mostAttempts: number;
  /** Between the first two of them; doubles. */
  readonly retrySeconds: number;
  /** How often a crowded batch is tried with half of its rows before it counts as a failure. */
  readonly mostCrowded: number;
  /** How long to wait when there was nothing to do, and at first when the server has trouble. */
  readonly idleMs: number;
}

export const WORKER_SETTINGS: WorkerSettings = {
  leaseSeconds: 30,
  mostTenants: 32,
  firstBatch: 1_000,
  aim: BATCH_AIM,
  mostAttempts: 3,
  retrySeconds: 2,
  mostCrowded: 5,
  idleMs: 200,
};

const PROOF_SECONDS = 300;
const LONGEST_PAUSE_MS = 10_000;

interface Claimed {
  readonly tenant: string;
  readonly fence: number;
  state: TenantMigrationState;
}

/** Thrown to leave whatever was being done, when there is no more to be said. */
class Abandoned extends Error {}

/**
 * Takes tenants of a migration that are due, one after the other, and brings each to where it is switched.
 * Any number of them run side by side, in any number of processes; what one of them leaves undone, another
 * one takes over when its lease has run out.
 */
export class Worker {
  readonly #options: WorkerOptions;
  readonly #settings: WorkerSettings;
  #client: Client | undefined;
  #held: Claimed[] = [];
  /** Held when something broke: given back at the next occasion, and the ledger says where they are. */
  #left: Claimed[] = [];
  #turn = 1;
  #size: number;
  #troubles = 0;

  constructor(options: WorkerOptions) {
    this.#options = options;
    this.#settings = { ...WORKER_SETTINGS, ...options.settings };
    this.#size = this.#settings.firstBatch;
  }

  /** Works until the signal; what it holds then, it gives back. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        await this.#turnOnce(signal);
        this.#troubles = 0;
      } catch (error) {
        await this.#trouble(failureOf(error), signal);
      }
    }
    await this.#release([...this.#held.splice(0), ...this.#left]).catch(() => undefined);
    if (this.#client) await closeConnection(this.#client);
    this.#client = undefined;
  }

  async #turnOnce(signal: AbortSignal): Promise<void> {
    this.#client ??= await this.#options.connect();
    await this.#release(this.#left);
    this.#left = [];
    if (this.#held.length === 0) {
      this.#held = await this.#claim(this.#client);
      if (this.#held.length === 0) {
        await pause(this.#settings.idleMs, signal);
        return;
      }
    }
    const [first] = this.#held;
    if (!first) return;
    await this.#bring(this.#client, first, signal);
    if (!signal.aborted) this.#held = this.#held.filter((each) => each !== first);
  }

  async #claim(client: Client): Promise<Claimed[]> {
    const { work, name } = this.#options;
    for (const requested of [true, false]) {
      const { rows } = await client.query<Claimed>(CLAIM_TENANTS_STATEMENT, [
        ...[work.migration, name, this.#turn, this.#settings.leaseSeconds, requested],
      ]);
      if (rows.length > 0) return rows;
    }
    this.#turn = 1;
    return [];
  }

  /** Brings one tenant as far as it goes. Returns when there is nothing more to do for it now. */
  async #bring(client: Client, claimed: Claimed, signal: AbortSignal): Promise<void> {
    try {
      if (claimed.state === 'backfilling') await this.#backfill(client, claimed, signal);
      // The last batch has brought most of them there.
      if (claimed.state === 'verifying' || claimed.state === 'ready') {
        await this.#verify(client, claimed);
      }
    } catch (error) {
      if (error instanceof Abandoned) return;
      const failure = failureOf(error);
      if (failure.kind === 'lost') return;
      if (failure.kind === 'stopped') {
        await this.#release(this.#held.splice(0));
        await pause(this.#settings.idleMs, signal);
        return;
      }
      if (failure.kind !== 'tenant' && failure.kind !== 'crowded') throw error;
      await this.#fail(client, claimed, failure);
    }
  }

  async #backfill(client: Client, claimed: Claimed, signal: AbortSignal): Promise<void> {
    const { work, throttle } = this.#options;
    const { statements, definition } = work;
    // A migration that changes no rows: one empty batch takes the tenant on.
    const range = statements ?? NO_ROWS;
    let crowded = 0;
    for (let batches = 0; ; batches += 1) {
      if (batches === 1) await this.#keepOnly(claimed);
      if (signal.aborted) throw new Abandoned();
      await throttle?.wait(client, (reason) => this.#throttled(client, claimed, reason), signal);
      try {
        const began = this.#now();
        const result = await runBatch(client, {
          lease: this.#lease(claimed),
          proof: this.#prove(claimed.tenant),
          statements: range,
          ...(definition ? { definition } : {}),
          size: this.#size,
          leaseSeconds: this.#settings.leaseSeconds,
          verification: {
            query: work.verify ?? null,
            mostAttempts: this.#settings.mostAttempts,
            retrySeconds: this.#settings.retrySeconds,
          },
        });
        const ms = this.#now() - began;
        const { seen, changed } = result;
        this.#say({ kind: 'batch', tenant: claimed.tenant, seen, changed, ms });
        crowded = 0;
        if (result.finished) {
          claimed.state = 'verifying';
          if (result.state) this.#verified(claimed, result.state);
          return;
        }
        // Not of the last one, which holds the verification.
        this.#size = nextBatchSize({ size: this.#size, seen, ms }, this.#settings.aim);
      } catch (error) {
        const failure = failureOf(error);
        if (failure.kind !== 'crowded' || crowded === this.#settings.mostCrowded) throw error;
        crowded += 1;
        this.#size = Math.max(this.#settings.aim.fewest, Math.floor(this.#size / 2));
        await pause(Math.random() * this.#settings.idleMs * crowded, signal);
      }
    }
  }

  async #verify(client: Client, claimed: Claimed): Promise<void> {
    const { migration, verify = null } = this.#options.work;
    const { mostAttempts, retrySeconds } = this.#settings;
    const { rows } = await client.query<{ state: TenantMigrationState }>(VERIFY_TENANT_STATEMENT, [
      ...[migration, claimed.tenant, this.#prove(claimed.tenant), claimed.fence],
      ...[verify, mostAttempts, retrySeconds],
    ]);
    this.#verified(claimed, (rows[0] as { state: TenantMigrationState }).state);
  }

  #verified(claimed: Claimed, state: TenantMigrationState): void {
    claimed.state = state;
    this.#say({
      kind: 'tenant',
      tenant: claimed.tenant,
      state,
      ...(state === 'switched' ? {} : { code: 'MISMATCH' }),
    });
    this.#turn = Math.min(this.#turn * 2, this.#settings.mostTenants);
  }

  async #fail(client: Client, claimed: Claimed, { code }: Failure): Promise<void> {
    const { mostAttempts, retrySeconds } = this.#settings;
    try {
      const { rows } = await client.query<{ state: TenantMigrationState }>(FAIL_TENANT_STATEMENT, [
        ...[this.#options.work.migration, claimed.tenant, claimed.fence, code],
        ...[mostAttempts, retrySeconds],
      ]);
      const { state } = rows[0] as { state: TenantMigrationState };
      this.#say({ kind: 'tenant', tenant: claimed.tenant, state, code });
    } catch (error) {
      if (failureOf(error).kind !== 'lost') throw error;
    }
  }

  /** A tenant that takes long: others need not wait for this worker. */
  async #keepOnly(claimed: Claimed): Promise<void> {
    this.#turn = 1;
    const others = this.#held.filter((each) => each !== claimed);
    this.#held = [claimed];
    await this.#release(others);
  }

  async #release(claimed: readonly Claimed[]): Promise<void> {
    if (claimed.length === 0 || !this.#client) return;
    await this.#client.query(RELEASE_TENANTS_STATEMENT, [
      this.#options.work.migration,
      this.#options.name,
      claimed.map(({ tenant }) => tenant),
    ]);
  }

  async #throttled(client: Client, claimed: Claimed, reason: string): Promise<void> {
    this.#say({ kind: 'throttled', reason });
    const { migration } = this.#options.work;
    const { leaseSeconds } = this.#settings;
    await client.query(RENEW_LEASE_STATEMENT, [
      migration,
      claimed.tenant,
      claimed.fence,
      leaseSeconds,
    ]);
  }

  async #trouble({ kind, code }: Failure, signal: AbortSignal): Promise<void> {
    this.#say({ kind: 'trouble', code });
    this.#troubles += 1;
    this.#left.push(...this.#held.splice(0));
    if (kind !== 'server' && this.#client) {
      await closeConnection(this.#client);
      this.#client = undefined;
    }
    const longest = Math.min(
      this.#settings.idleMs * 2 ** Math.min(this.#troubles, 10),
      LONGEST_PAUSE_MS,
    );
    await pause(longest * (0.5 + Math.random() / 2), signal);
  }

  #lease({ tenant, fence }: Claimed): { migration: string; tenant: string; fence: number } {
    return { migration: this.#options.work.migration, tenant, fence };
  }

  #prove(tenant: string): string {
    const expiry = Math.floor(Date.now() / 1_000) + PROOF_SECONDS;
    return proveContext(this.#options.keyring.signingKey(), tenant, expiry);
  }

  #now(): number {
    return (this.#options.now ?? (() => performance.now()))();
  }

  #say(event: Said): void {
    this.#options.onEvent?.({ migration: this.#options.work.migration, ...event });
  }
}

type WithoutMigration<E> = E extends { migration: string } ? Omit<E, 'migration'> : never;
type Said = WithoutMigration<Parameters<OnRolloutEvent>[0]>;

const NO_ROWS: BatchStatements = {
  range: 'SELECT NULL::text, 0 WHERE $1 IS NULL AND $2 > 0',
  count: 'SELECT 0',
  change: null,
};

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal }).catch(() => undefined);
}
