import { AsyncLocalStorage } from 'node:async_hooks';
import { describeError, type EventLogger, type WorkTracing } from 'ringfence/telemetry';

/** How much a {@link BackgroundWork} lets run and wait. */
export interface BackgroundLimits {
  readonly running: number;
  readonly waiting: number;
}

interface Job {
  readonly name: string;
  readonly work: () => Promise<void>;
}

/**
 * Work behind an answer: what must not be told by how long the answer takes, and what nobody waits
 * for. In memory and bounded; what a stop leaves behind is asked for again or comes back by itself.
 *
 * @example
 * if (!background.start('password reset', () => send())) throw new RingfenceError('OVERLOADED');
 */
export class BackgroundWork {
  readonly #limits: BackgroundLimits;
  readonly #logger: Pick<EventLogger, 'error'>;
  readonly #waiting: Job[] = [];
  readonly #idle = new Set<() => void>();
  /** Work is nobody's request: it must not run in the context of the one that happened to begin it. */
  readonly #outside = AsyncLocalStorage.snapshot();
  #running = 0;
  #stopped = false;

  readonly #tracing: WorkTracing | undefined;

  constructor(limits: BackgroundLimits, logger: Pick<EventLogger, 'error'>, tracing?: WorkTracing) {
    this.#tracing = tracing;
    this.#limits = limits;
    this.#logger = logger;
  }

  /**
   * Begins a piece of work, or lets it wait for its turn. A failure goes into the log.
   *
   * @returns `false` when too much is waiting: it is not done.
   */
  start(name: string, work: () => Promise<void>): boolean {
    if (this.#stopped || this.#waiting.length >= this.#limits.waiting) return false;
    const traced = this.#tracing?.follow(`background ${name}`);
    this.#waiting.push({ name, work: traced ? () => traced(work) : work });
    this.#next();
    return true;
  }

  /** Resolves when nothing is running or waiting. */
  async settled(): Promise<void> {
    if (this.#running === 0 && this.#waiting.length === 0) return;
    await new Promise<void>((resolve) => this.#idle.add(resolve));
  }

  /** Takes nothing new, and waits for what was taken, but not for ever. */
  async stop(patienceMs: number): Promise<void> {
    this.#stopped = true;
    let patience: NodeJS.Timeout | undefined;
    const tooLong = new Promise<void>((resolve) => {
      patience = setTimeout(resolve, patienceMs);
    });
    await Promise.race([this.settled(), tooLong]);
    clearTimeout(patience);
    this.#waiting.length = 0;
  }

  #next(): void {
    while (this.#running < this.#limits.running) {
      const job = this.#waiting.shift();
      if (!job) break;
      this.#running += 1;
      void this.#run(job).finally(() => {
        this.#running -= 1;
        this.#next();
      });
    }
    if (this.#running > 0 || this.#waiting.length > 0) return;
    for (const resolve of this.#idle) resolve();
    this.#idle.clear();
  }

  async #run({ name, work }: Job): Promise<void> {
    try {
      await this.#outside(work);
    } catch (error) {
      const line = { event: 'background_work_failed', work: name, error: describeError(error) };
      this.#logger.error(line, 'Work in the background failed.');
    }
  }
}
