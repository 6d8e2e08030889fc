import type { PoolClient, QueryConfig, QueryResult } from 'pg';
import { RingfenceError } from '../errors/index.js';
import { normalizeQuery, settle } from './normalize-query.js';
import { statementFacts } from './statement-facts.js';
import type { TenantSession } from './tenant-session.js';
import { currentScope, type TransactionScope } from './transaction-scope.js';
import { watchOf } from './watch-statements.js';

/**
 * What `TenantPool.connect()` hands out: the part of node-postgres' `PoolClient` that can be kept
 * inside a tenant. The raw client is not reachable from it.
 */
export abstract class TenantClient {
  protected readonly session: TenantSession;
  readonly #pool: object;

  constructor(pool: object, session: TenantSession) {
    this.#pool = pool;
    this.session = session;
  }

  /** As `pg.Client#query`, bound to the tenant; cursors and streams are refused. */
  query(...args: unknown[]): Promise<QueryResult> | undefined {
    const { config, callback } = normalizeQuery(args);
    const watch = watchOf(this.#pool);
    const run = (): Promise<QueryResult> => this.run(config);
    return settle(watch ? watch.run(this.session.tenantId, config, run) : run(), callback);
  }

  abstract release(destroy?: boolean | Error): void;

  protected abstract run(config: QueryConfig): Promise<QueryResult>;

  /** Runs a statement when no nested transaction that it is no part of is open in `scope`. */
  protected inTurn(scope: TransactionScope | undefined, config: QueryConfig): Promise<QueryResult> {
    const quiet = scope?.quietFor(currentScope(this.#pool));
    return quiet ? quiet.then(() => this.session.run(config)) : this.session.run(config);
  }

  on(event: string, listener: (...args: unknown[]) => void): this {
    this.session.client.on(event as 'error', listener);
    return this;
  }

  once(event: string, listener: (...args: unknown[]) => void): this {
    this.session.client.once(event as 'error', listener);
    return this;
  }

  off(event: string, listener: (...args: unknown[]) => void): this {
    this.session.client.removeListener(event, listener);
    return this;
  }

  removeListener(event: string, listener: (...args: unknown[]) => void): this {
    return this.off(event, listener);
  }

  escapeIdentifier(name: string): string {
    return this.session.client.escapeIdentifier(name);
  }

  escapeLiteral(text: string): string {
    return this.session.client.escapeLiteral(text);
  }

  getTransactionStatus(): ReturnType<PoolClient['getTransactionStatus']> {
    return this.session.client.getTransactionStatus();
  }
}

/** A client with a connection of its own. Its BEGIN opens the scope that was waiting for it. */
export class OwnClient extends TenantClient {
  readonly #scope: TransactionScope | undefined;

  constructor(pool: object, session: TenantSession, waiting: TransactionScope | undefined) {
    super(pool, session);
    this.#scope = waiting;
  }

  protected override async run(config: QueryConfig): Promise<QueryResult> {
    const plain = statementFacts(config.text).kind === 'statement';
    const result = plain ? this.inTurn(this.#scope, config) : this.session.run(config);
    try {
      return await result;
    } finally {
      if (this.session.inTransaction) this.#scope?.begin(this.session);
      else if (this.#scope?.begun) this.#scope.close();
    }
  }

  override release(destroy?: boolean | Error): void {
    this.#scope?.close();
    this.session.release(destroy);
  }
}

/**
 * A client inside an open transaction: it shares that transaction's connection, and its own BEGIN,
 * COMMIT and ROLLBACK are a savepoint there.
 */
export class JoinedClient extends TenantClient {
  readonly #enclosing: TransactionScope;
  readonly #scope: TransactionScope | undefined;
  readonly #savepoint: string;
  #endTurn: (() => void) | undefined;

  constructor(
    pool: object,
    session: TenantSession,
    enclosing: TransactionScope,
    waiting: TransactionScope | undefined,
    savepoint: string,
  ) {
    super(pool, session);
    this.#enclosing = enclosing;
    this.#scope = waiting;
    this.#savepoint = savepoint;
  }

  protected override async run(config: QueryConfig): Promise<QueryResult> {
    switch (statementFacts(config.text).kind) {
      case 'begin':
        return this.#begin(config);
      case 'commit':
        return this.#end([`RELEASE SAVEPOINT ${this.#savepoint}`]);
      case 'rollback':
        return this.#end([
          `ROLLBACK TO SAVEPOINT ${this.#savepoint}`,
          `RELEASE SAVEPOINT ${this.#savepoint}`,
        ]);
      case 'set-transaction':
        // It belongs to the transaction around; the server would refuse it and abort that one.
        throw new RingfenceError('TRANSACTION_CONTROL_REFUSED');
      default:
        return this.inTurn(this.#endTurn ? this.#scope : this.#enclosing, config);
    }
  }

  /** The connection stays with the transaction that owns it; an open savepoint is rolled back. */
  override release(): void {
    if (this.#endTurn) this.run({ text: 'ROLLBACK' }).catch(() => undefined);
  }

  async #begin(config: QueryConfig): Promise<QueryResult> {
    // A savepoint has no isolation level or access mode of its own.
    const plain = /^\s*(begin|start)(\s+(work|transaction))?\s*;?\s*$/i.test(config.text);
    if (!plain || this.#endTurn) throw new RingfenceError('TRANSACTION_CONTROL_REFUSED');
    const endTurn = await this.#enclosing.takeTurn(this.#scope);
    try {
      const result = await this.session.run({ text: `SAVEPOINT ${this.#savepoint}` });
      this.#endTurn = endTurn;
      this.#scope?.begin(this.session);
      return result;
    } catch (error) {
      endTurn();
      throw error;
    }
  }

  async #end(statements: readonly string[]): Promise<QueryResult> {
    const endTurn = this.#endTurn;
    if (!endTurn) throw new RingfenceError('TRANSACTION_CONTROL_REFUSED');
    this.#endTurn = undefined;
    this.#scope?.close();
    try {
      let result: QueryResult | undefined;
      for (const text of statements) result = await this.session.run({ text });
      if (!result) throw new RingfenceError('TRANSACTION_CONTROL_REFUSED');
      return result;
    } finally {
      endTurn();
    }
  }
}
