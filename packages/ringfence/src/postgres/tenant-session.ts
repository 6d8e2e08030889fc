import type { PoolClient, QueryConfig, QueryResult } from 'pg';
import { maybeTenant, type TenantId } from '../context/index.js';
import { RingfenceError } from '../errors/index.js';
import { BIND_STATEMENT } from '../sql/index.js';
import { statementKind } from './statement-kind.js';

/** `begun`: BEGIN was sent, the binding was not. `bound`: the transaction belongs to its tenant. */
type Phase = 'idle' | 'begun' | 'bound';

/** SQLSTATE of ringfence.bind() when the transaction already carries another tenant. */
const OTHER_TENANT_BOUND = 'RF001';

/**
 * One checked-out connection, working for one tenant: the place where a statement gets its binding.
 * Calls are run one after the other, in the order in which they were made.
 */
export class TenantSession {
  readonly tenantId: TenantId;
  readonly #client: PoolClient;
  readonly #onError = (): void => {
    this.#broken = true;
  };
  #phase: Phase = 'idle';
  #tail: Promise<unknown> = Promise.resolve();
  #pending = 0;
  #broken = false;
  #released = false;

  constructor(client: PoolClient, tenantId: TenantId) {
    this.#client = client;
    this.tenantId = tenantId;
    // A connection that dies between two statements says so as an event; unheard, it ends the process.
    client.on('error', this.#onError);
  }

  get client(): PoolClient {
    return this.#client;
  }

  get inTransaction(): boolean {
    return this.#phase !== 'idle';
  }

  /**
   * Runs one statement for the session's tenant. Outside a transaction it gets one of its own; inside,
   * the binding goes ahead of the first statement (and behind SET TRANSACTION, which must come first).
   *
   * @throws RingfenceError `TENANT_CONTEXT_MISSING` or `TENANT_SWITCH_IN_TRANSACTION` when the caller's
   *   context is not the session's, `TRANSACTION_CLOSED` after release, `TRANSACTION_NOT_COMMITTED`
   *   when the server answers COMMIT with ROLLBACK, `TRANSACTION_CONTROL_REFUSED`.
   */
  run(config: QueryConfig): Promise<QueryResult> {
    const kind = statementKind(config.text);
    // Ending a transaction must work from anywhere: a time-out rolls back outside any context.
    if (kind !== 'commit' && kind !== 'rollback') this.#checkContext();
    if (kind === 'refused-control') throw new RingfenceError('TRANSACTION_CONTROL_REFUSED');
    return this.#enqueue(() => {
      if (this.#released) throw new RingfenceError('TRANSACTION_CLOSED');
      switch (kind) {
        case 'begin':
          return this.#begin(config);
        case 'set-transaction':
          return this.#client.query(config);
        case 'commit':
          return this.#commit(config);
        case 'rollback':
          return this.#rollback(config);
        default:
          return this.#phase === 'idle' ? this.#once(config) : this.#statement(config);
      }
    });
  }

  /** Gives the connection back idle and unbound, or not at all. */
  release(destroy: boolean | Error = false): void {
    if (this.#released) return;
    this.#released = true;
    const clean =
      !this.#broken &&
      this.#pending === 0 &&
      this.#phase === 'idle' &&
      this.#client.getTransactionStatus() === 'I';
    this.#client.removeListener('error', this.#onError);
    this.#client.release(clean && !destroy ? undefined : true);
  }

  #checkContext(): void {
    const tenant = maybeTenant();
    if (!tenant) throw new RingfenceError('TENANT_CONTEXT_MISSING');
    if (tenant.tenantId !== this.tenantId) throw new RingfenceError('TENANT_SWITCH_IN_TRANSACTION');
  }

  #enqueue<T>(work: () => Promise<T>): Promise<T> {
    this.#pending += 1;
    const outcome = this.#tail.then(work);
    const done = (): void => {
      this.#pending -= 1;
    };
    // Counted down before anybody who awaits the outcome goes on to release.
    this.#tail = outcome.then(done, done);
    return this.#tail.then(() => outcome);
  }

  async #begin(config: QueryConfig): Promise<QueryResult> {
    if (this.#phase !== 'idle') throw new RingfenceError('TRANSACTION_CONTROL_REFUSED');
    const result = await this.#client.query(config);
    this.#phase = 'begun';
    return result;
  }

  async #statement(config: QueryConfig): Promise<QueryResult> {
    if (this.#phase === 'begun') await this.#bind();
    const result = await this.#client.query(config);
    if (this.#client.getTransactionStatus() === 'I') {
      this.#phase = 'idle';
      throw new RingfenceError('TRANSACTION_CONTROL_REFUSED');
    }
    return result;
  }

  async #bind(): Promise<void> {
    try {
      await this.#client.query({ text: BIND_STATEMENT, values: [this.tenantId] });
      this.#phase = 'bound';
    } catch (error) {
      if ((error as { code?: string }).code !== OTHER_TENANT_BOUND) throw error;
      // Nothing was bound in this transaction yet: an earlier user's raw SQL left a session setting.
      this.#broken = true;
      throw new RingfenceError('CONNECTION_RESIDUE', { cause: error });
    }
  }

  async #once(config: QueryConfig): Promise<QueryResult> {
    await this.#begin({ text: 'BEGIN' });
    try {
      const result = await this.#statement(config);
      await this.#commit({ text: 'COMMIT' });
      return result;
    } catch (error) {
      if (this.inTransaction) await this.#rollback({ text: 'ROLLBACK' }).catch(this.#onError);
      throw error;
    }
  }

  async #commit(config: QueryConfig): Promise<QueryResult> {
    try {
      const result = await this.#client.query(config);
      this.#phase = 'idle';
      if (result.command === 'ROLLBACK') throw new RingfenceError('TRANSACTION_NOT_COMMITTED');
      return result;
    } catch (error) {
      // A deferred constraint fails here, and the transaction is over. ROLLBACK waits for the server
      // to say so; if it cannot, the connection is not given back.
      if (this.inTransaction) await this.#rollback({ text: 'ROLLBACK' }).catch(this.#onError);
      throw error;
    }
  }

  async #rollback(config: QueryConfig): Promise<QueryResult> {
    const result = await this.#client.query(config);
    this.#phase = 'idle';
    return result;
  }
}
