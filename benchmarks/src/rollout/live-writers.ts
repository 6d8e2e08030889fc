import { setTimeout as sleep } from 'node:timers/promises';
import { runInTenant } from 'ringfence/context';
import { TenantPool } from 'ringfence/postgres';
import type { Sample } from '../dataset.js';

const CLIENTS = 4;
/** Between two writes of a client: people, not a load test. */
const THINK_MS = 20;

/** Writes as the application does, and remembers how long each write took and which were acknowledged. */
export class LiveWriters {
  readonly acknowledged = new Map<string, number>();
  readonly #pool: TenantPool;
  #latencies: number[] = [];
  #stopped = false;
  readonly #clients: Promise<void>[];

  constructor(url: string, samples: readonly Sample[]) {
    this.#pool = new TenantPool({ connectionString: url, max: CLIENTS });
    let next = 0;
    this.#clients = Array.from({ length: CLIENTS }, async () => {
      while (!this.#stopped) {
        const sample = samples[next % samples.length] as Sample;
        next += 1;
        await this.#write(sample, next);
        await sleep(THINK_MS);
      }
    });
  }

  /** The latencies in milliseconds since the last call. */
  take(): number[] {
    return this.#latencies.splice(0);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all(this.#clients);
    await this.#pool.end();
  }

  async #write({ tenantId, documentId }: Sample, n: number): Promise<void> {
    const began = performance.now();
    await runInTenant(tenantId, () =>
      this.#pool.query(
        "UPDATE documents SET title = 'Written ' || $2::int, writes = writes + 1 WHERE id = $1",
        [documentId, n],
      ),
    );
    this.#latencies.push(performance.now() - began);
    this.acknowledged.set(documentId, (this.acknowledged.get(documentId) ?? 0) + 1);
  }
}

/** The value below which 95 of 100 lie. */
export function p95(values: readonly number[]): number {
  const sorted = [...values].sort((one, other) => one - other);
  return sorted[Math.ceil(sorted.length * 0.95) - 1] ?? Number.NaN;
}
