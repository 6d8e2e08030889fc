import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { runInTenant, type TenantId } from 'ringfence/context';
import { TenantPool } from 'ringfence/postgres';

/** What a row must say, as far as its writer knows. */
export interface Expected {
  /** How many writes were acknowledged. */
  certain: number;
  /** How many may or may not have been made: their connection broke. */
  open: number;
}

/** Writes titles as the application does, through all that is done to the server, and remembers each. */
export class ChaosWriter {
  readonly expected = new Map<string, Expected>();
  readonly #pool: TenantPool;
  #stopped = false;
  #running: Promise<void> | undefined;

  constructor(
    url: string,
    private readonly rows: readonly { tenant: TenantId; id: string }[],
  ) {
    this.#pool = new TenantPool({ connectionString: url, max: 2, connectionTimeoutMillis: 2_000 });
  }

  start(): void {
    this.#running = this.#run();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#running;
    await this.#pool.end();
  }

  async #run(): Promise<void> {
    for (let n = 0; !this.#stopped; n += 1) {
      const at = createHash('sha256').update(String(n)).digest().readUInt32BE(0) % this.rows.length;
      const row = this.rows[at];
      if (!row) return;
      const known = this.expected.get(row.id) ?? { certain: 0, open: 0 };
      this.expected.set(row.id, known);
      known.open += 1;
      try {
        const { rowCount } = await runInTenant(row.tenant, () =>
          this.#pool.query(
            "UPDATE notes SET title = 'Written ' || $2, writes = writes + 1 WHERE id = $1",
            [row.id, n],
          ),
        );
        if (rowCount !== 1) throw new Error('The row of a writer is gone.');
        known.open -= 1;
        known.certain += 1;
      } catch (error) {
        // Refused by the full disk: not made, for certain.
        const { code } = error as { code?: string };
        if (code === '53100') known.open -= 1;
        await sleep(50);
      }
      await sleep(5);
    }
  }
}
