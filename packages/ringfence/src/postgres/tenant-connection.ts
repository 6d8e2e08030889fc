import pg, { type PoolClient, type QueryConfig, type QueryResult } from 'pg';
import { RingfenceError } from '../errors/index.js';
import { Flight, type FlightOutcome } from './flight.js';
import type { FlightStep } from './flight-step.js';
import type { ConnectionRules } from './pooler.js';
import { isClean, StatementRegistry } from './statement-registry.js';

/** What a flight brought back, and how many of its leading steps were carried out. */
export interface Landing {
  readonly result: QueryResult | undefined;
  readonly error: Error | undefined;
  readonly steps: number;
}

/** SQLSTATEs of a named statement that is gone (DISCARD ALL, a pooler) or was overtaken by DDL. */
const STALE = new Set(['26000', '0A000']);

const registries = new WeakMap<PoolClient, StatementRegistry>();

/**
 * One checked-out connection: sends flights, knows its named statements, and decides in what state it
 * goes back to the pool.
 */
export class TenantConnection {
  readonly client: PoolClient;
  readonly #registry: StatementRegistry;
  readonly #rules: ConnectionRules;
  readonly #onError = (): void => {
    this.#broken = true;
  };
  #broken = false;

  constructor(client: PoolClient, rules: ConnectionRules) {
    this.client = client;
    this.#rules = rules;
    const known = registries.get(client) ?? new StatementRegistry(rules.named);
    registries.set(client, known);
    this.#registry = known;
    // A connection that dies between two statements says so as an event; unheard, it ends the process.
    client.on('error', this.#onError);
  }

  /** The server's word on the transaction: `I` none, `T` open, `E` failed. */
  get status(): ReturnType<PoolClient['getTransactionStatus']> {
    return this.client.getTransactionStatus();
  }

  /** The connection is not to be used by anybody again. */
  condemn(): void {
    this.#broken = true;
  }

  /**
   * Sends leading steps and a statement in one flight. A named statement that the server no longer has
   * is sent again, once, where `again` says that nothing was done yet.
   *
   * @throws RingfenceError `RESIDUE_REFUSED` before anything is sent.
   */
  async send(
    steps: readonly FlightStep[],
    config: QueryConfig,
    again: () => Promise<boolean>,
  ): Promise<Landing> {
    if (this.#rules.residue === 'refuse' && !isClean(config.text)) {
      throw new RingfenceError('RESIDUE_REFUSED');
    }
    const landing = await this.#send(steps, config);
    const stale = STALE.has((landing.error as { code?: string } | undefined)?.code ?? '');
    if (!stale || !this.#forget(config.text) || !(await again())) return landing;
    return this.#send(steps, config);
  }

  #forget(text: string): boolean {
    const known = this.#registry.plan(text).known !== undefined;
    this.#registry.forget(text);
    return known;
  }

  #send(steps: readonly FlightStep[], config: QueryConfig): Promise<Landing> {
    // A value that cannot be sent fails here, before a byte is written: half a flight on the wire hangs.
    const values = config.values?.map(prepareValue);
    const plan = this.#registry.plan(config.text);
    const { rowMode, types, binary } = config as QueryConfig & {
      rowMode?: string;
      binary?: boolean;
    };
    const statement = { text: config.text, ...plan, rowMode, parsers: types, binary };
    return new Promise((resolve) => {
      const land = (outcome: FlightOutcome): void => {
        this.#registry.learn(config.text, plan, outcome.fields, outcome.error !== undefined);
        if (!outcome.settled) this.#broken = true;
        resolve(outcome);
      };
      this.client.query(new Flight(steps, values ? { ...statement, values } : statement, land));
    });
  }

  /**
   * Gives the connection back: idle, and without anything that its user may have left on it. What raw
   * SQL may have left is discarded behind its result, before the pool gets the connection.
   *
   * @param usable the user's word that the connection is idle and unbound.
   */
  release(usable: boolean): void {
    const clean = usable && !this.#broken && this.status === 'I';
    const discard = this.#registry.tainted && this.#rules.residue === 'discard';
    if (!clean || !discard) {
      this.#giveBack(clean);
      return;
    }
    this.client.query('DISCARD ALL').then(
      () => {
        this.#registry.reset();
        this.#giveBack(!this.#broken);
      },
      () => this.#giveBack(false),
    );
  }

  #giveBack(clean: boolean): void {
    this.client.removeListener('error', this.#onError);
    this.client.release(clean ? undefined : true);
  }
}

/** As node-postgres turns values into what goes over the wire. */
function prepareValue(value: unknown): string | Buffer | null {
  const { utils } = pg as unknown as {
    utils: { prepareValue(value: unknown): string | Buffer | null };
  };
  return utils.prepareValue(value);
}
