import type { PoolClient, QueryConfig, QueryResult } from 'pg';
import { maybeTenant, type TenantId } from '../context/index.js';
import { RingfenceError } from '../errors/index.js';
import type { FlightStep } from './flight-step.js';
import { checkBound, landed, runAlone } from './single-statement.js';
import { statementFacts } from './statement-facts.js';
import type { TenantBinding } from './tenant-binding.js';
import type { TenantConnection } from './tenant-connection.js';

/** `begun`: BEGIN is held back until there is something to do. `open`: the transaction is the tenant's. */
type Phase = 'idle' | 'begun' | 'open';

const never = async (): Promise<boolean> => false;
const nothing = (): void => undefined;

/**
 * One checked-out connection, working for one tenant: the place where a statement gets its binding.
 * Calls are run one after the other, in the order in which they were made.
 */
export class TenantSession {
  readonly tenantId: TenantId;
  readonly #connection: TenantConnection;
  readonly #binding: TenantBinding;
  #phase: Phase = 'idle';
  /** What waits to ride with the first statement: BEGIN, SET TRANSACTION. */
  #held: FlightStep[] = [];
  #last: Promise<unknown> | undefined;
  #pending = 0;
  #released = false;

  constructor(connection: TenantConnection, tenantId: TenantId, binding: TenantBinding) {
    this.#connection = connection;
    this.#binding = binding;
    this.tenantId = tenantId;
  }

  get client(): PoolClient {
    return this.#connection.client;
  }

  get inTransaction(): boolean {
    return this.#phase !== 'idle';
  }

  /**
   * Runs one statement for the session's tenant, in one network round trip. Outside a transaction the
   * binding goes ahead of it, and both are one implicit transaction; BEGIN and SET TRANSACTION wait and
   * ride with the binding and the first statement.
   *
   * @throws RingfenceError `TENANT_CONTEXT_MISSING` or `TENANT_SWITCH_IN_TRANSACTION` when the caller's
   *   context is not the session's, `TRANSACTION_CLOSED` after release, `TRANSACTION_NOT_COMMITTED`
   *   when the server answers COMMIT with ROLLBACK, `TRANSACTION_CONTROL_REFUSED`, `CONNECTION_RESIDUE`.
   */
  run(config: QueryConfig): Promise<QueryResult> {
    const kind = statementFacts(config.text).kind;
    // Ending a transaction must work from anywhere: a time-out rolls back outside any context.
    if (kind !== 'commit' && kind !== 'rollback') this.#checkContext();
    if (kind === 'refused-control') throw new RingfenceError('TRANSACTION_CONTROL_REFUSED');
    return this.#enqueue(() => {
      if (this.#released) throw new RingfenceError('TRANSACTION_CLOSED');
      switch (kind) {
        case 'begin':
          return this.#begin(config.text);
        case 'set-transaction':
          return this.#setTransaction(config);
        case 'commit':
          return this.#commit(config);
        case 'rollback':
          return this.#rollback(config);
        default:
          return this.#statement(config);
      }
    });
  }

  /** Gives the connection back idle and unbound, or not at all. */
  release(destroy: boolean | Error = false): void {
    if (this.#released) return;
    this.#released = true;
    // A BEGIN that was held back was never sent.
    this.#connection.release(!destroy && this.#pending === 0 && this.#phase !== 'open');
  }

  #checkContext(): void {
    const tenant = maybeTenant();
    if (!tenant) throw new RingfenceError('TENANT_CONTEXT_MISSING');
    if (tenant.tenantId !== this.tenantId) throw new RingfenceError('TENANT_SWITCH_IN_TRANSACTION');
  }

  #enqueue<T>(work: () => T | Promise<T>): Promise<T> {
    const before = this.#pending > 0 ? this.#last : undefined;
    this.#pending += 1;
    const outcome = this.#inTurn(work, before);
    this.#last = outcome;
    return outcome;
  }

  async #inTurn<T>(work: () => T | Promise<T>, before: Promise<unknown> | undefined): Promise<T> {
    try {
      // An earlier call's failure is told to whoever made it.
      if (before) await before.then(nothing, nothing);
      return await work();
    } finally {
      // Counted down before anybody who awaits the outcome goes on to release.
      this.#pending -= 1;
    }
  }

  #begin(text: string): QueryResult {
    if (this.#phase !== 'idle') throw new RingfenceError('TRANSACTION_CONTROL_REFUSED');
    this.#phase = 'begun';
    this.#held = [{ text }];
    return heldResult('BEGIN');
  }

  async #setTransaction(config: QueryConfig): Promise<QueryResult> {
    if (this.#phase === 'open') return landed(await this.#connection.send([], config, never));
    if (this.#phase === 'begun') this.#held.push({ text: config.text });
    return heldResult('SET');
  }

  #statement(config: QueryConfig): Promise<QueryResult> {
    if (this.#phase === 'open') return this.#next(config);
    return this.#phase === 'begun' ? this.#first(config) : this.#alone(config);
  }

  async #next(config: QueryConfig): Promise<QueryResult> {
    const landing = await this.#connection.send([], config, never);
    this.#checkStillOpen();
    return landed(landing);
  }

  #alone(config: QueryConfig): Promise<QueryResult> {
    return new Promise((resolve, reject) => {
      runAlone(
        this.#connection,
        () => this.#binding(this.tenantId),
        config,
        (error, result) => {
          if (result) resolve(result);
          else reject(error);
        },
      );
    });
  }

  /** The first statement of a transaction brings BEGIN and the binding along. */
  async #first(config: QueryConfig): Promise<QueryResult> {
    const steps = [...this.#held, this.#binding(this.tenantId)];
    const landing = await this.#connection.send(steps, config, async () => {
      if (this.#connection.status === 'I') return true;
      const { error } = await this.#connection.send([], { text: 'ROLLBACK' }, never);
      return error === undefined;
    });
    this.#phase = this.#connection.status === 'I' ? 'idle' : 'open';
    checkBound(this.#connection, landing, steps.length);
    if (!landing.error) this.#checkStillOpen();
    return landed(landing);
  }

  #checkStillOpen(): void {
    if (this.#connection.status !== 'I') return;
    this.#phase = 'idle';
    throw new RingfenceError('TRANSACTION_CONTROL_REFUSED');
  }

  async #commit(config: QueryConfig): Promise<QueryResult> {
    if (this.#phase !== 'open') return this.#endUnsent('COMMIT');
    const landing = await this.#connection.send([], config, never);
    if (this.#connection.status === 'I') this.#phase = 'idle';
    // ROLLBACK waits for the server to say that it is over; if it cannot, the connection is not given back.
    else await this.#connection.send([], { text: 'ROLLBACK' }, never);
    const result = landed(landing);
    if (result.command === 'ROLLBACK') throw new RingfenceError('TRANSACTION_NOT_COMMITTED');
    return result;
  }

  async #rollback(config: QueryConfig): Promise<QueryResult> {
    if (this.#phase !== 'open') return this.#endUnsent('ROLLBACK');
    const result = landed(await this.#connection.send([], config, never));
    this.#phase = 'idle';
    return result;
  }

  #endUnsent(command: string): QueryResult {
    this.#phase = 'idle';
    this.#held = [];
    return heldResult(command);
  }
}

/** The answer to a statement that was not sent, or not yet. */
function heldResult(command: string): QueryResult {
  return { command, rowCount: null, oid: 0, fields: [], rows: [] };
}
