import { type ChildProcess, fork } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type pg from 'pg';
import type { Scenario } from './candidates/index.js';
import type { Slice, WorkerOrder, WorkerSettings } from './worker.js';

/** A slice with the CPU of its database connections. */
export interface MeasuredSlice extends Slice {
  /** CPU of the server per operation, in microseconds; `undefined` when the server is elsewhere. */
  readonly serverCpu: number | undefined;
}

/** One candidate, running in a process of its own. */
export class CrewMember {
  readonly name: string;
  readonly #child: ChildProcess;
  readonly #admin: pg.Client;

  constructor(settings: WorkerSettings, admin: pg.Client) {
    this.name = settings.candidate;
    this.#admin = admin;
    this.#child = fork(path.join(import.meta.dirname, 'worker.js'), [JSON.stringify(settings)]);
  }

  async run(scenario: Scenario, clients: number, milliseconds: number): Promise<MeasuredSlice> {
    const pids = await this.#backends();
    const before = cpuOf(pids);
    const slice = await this.#order<Slice>({ kind: 'run', scenario, clients, milliseconds });
    const after = cpuOf(pids);
    const used = before === undefined || after === undefined ? undefined : after - before;
    return { ...slice, serverCpu: used === undefined ? undefined : used / slice.operations };
  }

  answers(): Promise<number[]> {
    return this.#order({ kind: 'answers' });
  }

  foreign(): Promise<[owner: number, other: number]> {
    return this.#order({ kind: 'foreign' });
  }

  async end(): Promise<void> {
    await this.#order({ kind: 'end' });
  }

  #order<T>(order: WorkerOrder): Promise<T> {
    return new Promise((resolve, reject) => {
      const settle = (): void => {
        this.#child.removeAllListeners('message');
        this.#child.removeAllListeners('exit');
      };
      this.#child.once('message', ({ result, error }: { result: T; error?: string }) => {
        settle();
        if (error === undefined) resolve(result);
        else reject(new Error(error));
      });
      this.#child.once('exit', (code) => {
        settle();
        reject(new Error(`${this.name} ended with code ${code}.`));
      });
      this.#child.send(order);
    });
  }

  async #backends(): Promise<number[]> {
    const { rows } = await this.#admin.query<{ pid: number }>(
      'SELECT pid FROM pg_stat_activity WHERE application_name = $1',
      [`bench ${this.name}`],
    );
    return rows.map(({ pid }) => pid);
  }
}

/** Microseconds on a CPU so far, as Linux tells; `undefined` where it does not. */
function cpuOf(pids: readonly number[]): number | undefined {
  try {
    let total = 0;
    for (const pid of pids) {
      total += Number(readFileSync(`/proc/${pid}/schedstat`, 'utf8').split(' ')[0]) / 1000;
    }
    return pids.length > 0 ? total : undefined;
  } catch {
    return undefined;
  }
}
