import type { TenantId } from '../context/index.js';
import { RingfenceError } from '../errors/index.js';

/** What is shared, and how much of it one tenant may have. */
export interface FairSharesOptions {
  /** How much there is; without it only the tenants' own shares count. */
  readonly total?: number;
  /** How much one tenant may hold at a time; asked each time, so it answers from memory. At least 1. */
  readonly perTenant: number | ((tenantId: TenantId) => number);
  /**
   * Holds a tenant whose calls take long to less than its share: what it runs at the same time slows the
   * others down, which no order of turns can prevent. Short calls never meet this. Without it a share is a
   * share.
   */
  readonly slow?: SlowShare;
  /** How many calls of one tenant may wait. Default 100. */
  readonly queue?: number | ((tenantId: TenantId) => number);
  /** How long one may wait, in milliseconds. Default 10,000. */
  readonly waitMs?: number;
}

/** The share of a tenant whose calls take long. */
export interface SlowShare {
  /** A tenant is slow while its calls hold on for longer than this on average, in milliseconds. */
  readonly ms: number;
  /** How much it may hold at a time then. At least 1. */
  readonly perTenant: number | ((tenantId: TenantId) => number);
}

/** What a tenant holds and waits for. */
interface Lane {
  readonly tenantId: TenantId;
  held: number;
  /** How long its calls hold on, in milliseconds, on an average that forgets. */
  meanMs: number;
  /** How long its calls together have held on since one was last given back, as of `countedAt`. */
  heldMs: number;
  countedAt: number;
  readonly waiting: Set<Waiter>;
}

interface Waiter {
  readonly granted: (refused?: Error) => void;
  timer: NodeJS.Timeout | undefined;
}

const QUEUE = 100;
const WAIT_MS = 10_000;
/** When to come again: what holds the share up now will mostly be over by then. */
const RETRY_SECONDS = 1;
/** The part of an average that each call is: some ten of them make a tenant slow or quick. */
const WEIGHT = 1 / 16;

/**
 * Shares something that there is a limited number of (connections, requests in work) between tenants. No
 * tenant holds more than its share, and what becomes free goes round: each tenant that waits gets one
 * before any gets two. A tenant that has a thousand calls waiting delays another's first call by one turn.
 *
 * A queue has an end and waiting has an end: what comes behind is refused with `CONCURRENCY_LIMITED`
 * (429), so the memory that a tenant can take up is bounded too.
 *
 * @example
 * const pool = new TenantPool({ max: 10, shares: new FairShares({ total: 10, perTenant: 4 }) });
 */
export class FairShares {
  readonly #options: FairSharesOptions;
  readonly #total: number;
  /** Those that hold or wait for something; nobody else costs memory. */
  readonly #lanes = new Map<TenantId, Lane>();
  /** Those that could go on if something were free, in the order of their turns. */
  readonly #turns = new Set<Lane>();
  #held = 0;
  #dispatching = false;

  /** @throws RingfenceError `CONFIGURATION_INVALID` for a number below 1. */
  constructor(options: FairSharesOptions) {
    const {
      total = Number.POSITIVE_INFINITY,
      perTenant,
      queue = QUEUE,
      waitMs = WAIT_MS,
    } = options;
    const numbers = [total, perTenant, waitMs, options.slow?.perTenant, options.slow?.ms].filter(
      (value) => typeof value === 'number',
    );
    if (!numbers.every((value) => value >= 1) || (typeof queue === 'number' && !(queue >= 0))) {
      throw new RingfenceError('CONFIGURATION_INVALID', {
        detail: 'Shares need numbers of 1 or more.',
      });
    }
    this.#options = options;
    this.#total = total;
  }

  /** How many of the tenant's calls hold something. */
  heldBy(tenantId: TenantId): number {
    return this.#lanes.get(tenantId)?.held ?? 0;
  }

  /** How many of the tenant's calls wait. */
  waitingOf(tenantId: TenantId): number {
    return this.#lanes.get(tenantId)?.waiting.size ?? 0;
  }

  /**
   * Asks for one. `granted` is called once: at once when it is free, later when it is the tenant's turn,
   * or with an error when the tenant may not wait (any longer). Whoever was granted one gives it back.
   */
  take(tenantId: TenantId, granted: (refused?: Error) => void): void {
    const lane = this.#lanes.get(tenantId) ?? this.#newLane(tenantId);
    // Nobody is passed over here: whoever waits while something is free has its whole share already, but
    // for the moment in which turns are being given.
    const free = this.#held < this.#total && !this.#dispatching;
    if (free && lane.waiting.size === 0 && this.#hasRoom(lane)) {
      this.#hold(lane);
      granted();
      return;
    }
    const { queue = QUEUE } = this.#options;
    if (lane.waiting.size >= (typeof queue === 'number' ? queue : queue(tenantId))) {
      this.#forgetIdle(lane);
      granted(refusal());
      return;
    }
    const waiter: Waiter = { granted, timer: undefined };
    waiter.timer = setTimeout(() => this.#giveUp(lane, waiter), this.#options.waitMs ?? WAIT_MS);
    waiter.timer.unref();
    lane.waiting.add(waiter);
    if (this.#hasRoom(lane)) this.#turns.add(lane);
  }

  /** Gives one back, which whoever's turn it is gets. */
  give(tenantId: TenantId): void {
    const lane = this.#lanes.get(tenantId);
    if (!lane || lane.held === 0) return;
    this.#count(lane);
    // What all of them held on between two returns is on average what one held on: which one came back
    // need not be known (Little's law).
    lane.meanMs += (lane.heldMs - lane.meanMs) * WEIGHT;
    lane.heldMs = 0;
    lane.held -= 1;
    this.#held -= 1;
    if (lane.waiting.size > 0 && this.#hasRoom(lane)) this.#turns.add(lane);
    this.#forgetIdle(lane);
    this.#dispatch();
  }

  /** Runs `fn` while holding one. */
  async run<T>(tenantId: TenantId, fn: () => Promise<T>): Promise<T> {
    await new Promise<void>((resolve, reject) => {
      this.take(tenantId, (refused) => (refused ? reject(refused) : resolve()));
    });
    try {
      return await fn();
    } finally {
      this.give(tenantId);
    }
  }

  #newLane(tenantId: TenantId): Lane {
    const lane = {
      tenantId,
      held: 0,
      meanMs: 0,
      heldMs: 0,
      countedAt: 0,
      waiting: new Set<Waiter>(),
    };
    this.#lanes.set(tenantId, lane);
    return lane;
  }

  #hasRoom(lane: Lane): boolean {
    const { perTenant, slow } = this.#options;
    const of = (share: typeof perTenant): number =>
      Math.max(1, typeof share === 'number' ? share : share(lane.tenantId));
    if (lane.held >= of(perTenant)) return false;
    return slow === undefined || lane.meanMs <= slow.ms || lane.held < of(slow.perTenant);
  }

  #count(lane: Lane): void {
    const now = performance.now();
    lane.heldMs += lane.held * (now - lane.countedAt);
    lane.countedAt = now;
  }

  #hold(lane: Lane): void {
    this.#count(lane);
    lane.held += 1;
    this.#held += 1;
  }

  #dispatch(): void {
    // Whoever is granted one may give it back at once: the loop goes on, the stack does not grow.
    if (this.#dispatching) return;
    this.#dispatching = true;
    try {
      for (const lane of this.#turns) {
        if (this.#held >= this.#total) break;
        this.#turns.delete(lane);
        const [waiter] = lane.waiting;
        if (!waiter) continue;
        lane.waiting.delete(waiter);
        clearTimeout(waiter.timer);
        this.#hold(lane);
        // Behind all others: a set is walked in the order of adding, also what is added meanwhile.
        if (lane.waiting.size > 0 && this.#hasRoom(lane)) this.#turns.add(lane);
        waiter.granted();
      }
    } finally {
      this.#dispatching = false;
    }
  }

  #giveUp(lane: Lane, waiter: Waiter): void {
    lane.waiting.delete(waiter);
    if (lane.waiting.size === 0) this.#turns.delete(lane);
    this.#forgetIdle(lane);
    waiter.granted(refusal());
  }

  #forgetIdle(lane: Lane): void {
    if (lane.held === 0 && lane.waiting.size === 0) this.#lanes.delete(lane.tenantId);
  }
}

function refusal(): RingfenceError {
  return new RingfenceError('CONCURRENCY_LIMITED', { retryAfterSeconds: RETRY_SECONDS });
}
