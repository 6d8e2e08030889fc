import pg, { type PoolClient, type QueryConfig, type QueryResult } from 'pg';
import { RingfenceError } from '../errors/index.js';
import { Flight, type FlightOutcome } from './flight.js';
import type { FlightStep } from './flight-step.js';
import type { StatementConfig } from './normalize-query.js';
import type { ConnectionRules } from './pooler.js';
import { type StatementFacts, statementFacts } from './statement-facts.js';
import { StatementRegistry } from './statement-registry.js';
import { UnnamedSlot } from './unnamed-slot.js';

/** What a flight brought back, and how many of its leading steps were carried out. */
export interface Landing {
  readonly result: QueryResult | undefined;
  readonly error: Error | undefined;
  readonly steps: number;
}

/** May a flight that failed be sent once more? Asked when its statement was not done. */
export type SendAgain = () => Promise<boolean>;

/** SQLSTATEs of a prepared statement that is gone (DISCARD ALL, a pooler) or was overtaken by DDL. */
const STALE = new Set(['26000', '0A000']);

const connections = new WeakMap<PoolClient, TenantConnection>();

/**
 * One connection of the pool, for as long as it lives: sends flights, knows its prepared statements, and
 * decides in what state it goes back to the pool.
 */
export class TenantConnection {
  readonly client: PoolClient;
  readonly #registry: StatementRegistry;
  readonly #rules: ConnectionRules;
  readonly #slot: UnnamedSlot;
  #broken = false;

  private constructor(client: PoolClient, rules: ConnectionRules) {
    this.client = client;
    this.#rules = rules;
    this.#registry = new StatementRegistry(rules.named);
    this.#slot = new UnnamedSlot(client);
    // A connection that dies between two statements says so as an event; unheard, it ends the process.
    client.on('error', () => {
      this.#broken = true;
    });
  }

  /** What is known of a client that the pool has handed out. */
  static over(client: PoolClient, rules: ConnectionRules): TenantConnection {
    let own = connections.get(client);
    if (!own) {
      own = new TenantConnection(client, rules);
      connections.set(client, own);
    }
    return own;
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
   * Sends leading steps and a statement in one flight. A prepared statement that the server no longer has
   * is sent again, once, where `again` says that nothing was done yet.
   *
   * @throws RingfenceError `RESIDUE_REFUSED` before anything is sent; the driver's error for a value that
   *   cannot be sent.
   */
  send(steps: readonly FlightStep[], config: QueryConfig, again: SendAgain): Promise<Landing> {
    return new Promise((resolve) => this.launch(steps, config, again, resolve));
  }

  /** As {@link send}, telling `land` instead of a promise: every promise costs on the hottest path. */
  launch(
    steps: readonly FlightStep[],
    config: QueryConfig,
    again: SendAgain,
    land: (landing: Landing) => void,
  ): void {
    const facts = statementFacts(config.text);
    if (this.#rules.residue === 'refuse' && !facts.clean) {
      throw new RingfenceError('RESIDUE_REFUSED');
    }
    this.#launch(steps, config, facts, land, again);
  }

  #launch(
    steps: readonly FlightStep[],
    config: QueryConfig,
    facts: StatementFacts,
    land: (landing: Landing) => void,
    again?: SendAgain,
  ): void {
    // With its limit written out a statement keeps its plan, which is of use where it is named.
    const fixed = this.#rules.named ? facts.tail?.fix(config.values) : undefined;
    const { text, values: given } = fixed ?? { text: facts.text, values: config.values };
    // A value that cannot be sent fails here, before a byte is written: half a flight on the wire hangs.
    const values = given?.map(prepareValue);
    const plan = this.#registry.plan(text, facts);
    const { name, known, close } = plan;
    const { rowMode, types: parsers, binary } = config as StatementConfig;
    const statement = { text, values, name, known, close, rowMode, parsers, binary };
    const settle = (outcome: FlightOutcome): void => {
      const { error, fields, settled, reused } = outcome;
      this.#registry.learn(text, plan, fields, error !== undefined);
      if (!settled) this.#broken = true;
      const stale = again && STALE.has((error as { code?: string } | undefined)?.code ?? '');
      if (!stale || !(this.#registry.forget(text) || reused)) {
        land(outcome);
        return;
      }
      again().then((may) => {
        if (may) this.#launch(steps, config, facts, land);
        else land(outcome);
      });
    };
    this.client.query(new Flight(steps, statement, this.#slot, settle));
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
    this.client.release(clean ? undefined : true);
  }
}

const { utils } = pg as unknown as {
  utils: { prepareValue(value: unknown): string | Buffer | null };
};

/** As node-postgres turns values into what goes over the wire. */
function prepareValue(value: unknown): string | Buffer | null {
  return typeof value === 'string' ? value : utils.prepareValue(value);
}
