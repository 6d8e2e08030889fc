import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import {
  Inject,
  Injectable,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
} from '@nestjs/common';
import { newFrame, runInFrame } from '../../context/index.js';
import { RingfenceError } from '../../errors/index.js';
import { MIGRATION_OPTIONS, type MigrationOptions } from './migration-options.js';
import { NodeSignals } from './node-signals.js';

const EVERY_MS = 10_000;

/**
 * Says every ten seconds that this node lives, in which version, and what it saw: contracts wait for the
 * last node of an old version, and gates compare errors and durations before and after.
 *
 * A report that fails is only late: the next one says more. A node that was heard of lately and is silent
 * still counts as living, so silence never opens a gate.
 */
@Injectable()
export class NodeReporter implements OnApplicationBootstrap, OnApplicationShutdown {
  readonly #options: MigrationOptions['node'];
  /** What this node tells; requests are recorded here. */
  readonly signals: NodeSignals;
  readonly #name: string;
  #timer: NodeJS.Timeout | undefined;
  #sending: Promise<void> | undefined;

  constructor(@Inject(MIGRATION_OPTIONS) { node }: MigrationOptions) {
    this.#options = node;
    this.signals = node?.signals ?? new NodeSignals();
    this.#name = node?.name ?? `${hostname()}-${process.pid}-${randomBytes(4).toString('hex')}`;
    if (node && !/^\d+\.\d+\.\d+$/.test(node.version)) {
      throw new RingfenceError('CONFIGURATION_INVALID', {
        detail: 'The version of a node is major.minor.patch.',
      });
    }
  }

  onApplicationBootstrap(): void {
    if (!this.#options) return;
    void this.send();
    this.#timer = setInterval(() => void this.send(), this.#options.everyMs ?? EVERY_MS);
    this.#timer.unref();
  }

  async onApplicationShutdown(): Promise<void> {
    clearInterval(this.#timer);
    await this.#sending;
  }

  /** Sends a report now, unless one is on its way. Never rejects. */
  send(): Promise<void> {
    const options = this.#options;
    if (!options) return Promise.resolve();
    const who = { node: this.#name, version: options.version };
    // In a frame of its own: the timer may have been set in somebody's request.
    this.#sending ??= runInFrame(newFrame(), async () => {
      await options.report({ ...who, ...this.signals.take() });
    })
      .catch(() => undefined)
      .finally(() => {
        this.#sending = undefined;
      });
    return this.#sending;
  }
}
