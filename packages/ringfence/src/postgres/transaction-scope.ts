import { currentFrame, type OpenTransaction } from '../context/index.js';
import { RingfenceError } from '../errors/index.js';
import type { TenantSession } from './tenant-session.js';

/**
 * The stretch of work that one transaction covers. It travels in the frame, so that calls inside find
 * the transaction and join it. `waiting`: its BEGIN has not come yet; `closed`: it has ended, and work
 * that still runs inside has escaped from it.
 */
export class TransactionScope implements OpenTransaction {
  readonly parent: TransactionScope | undefined;
  #session: TenantSession | undefined;
  #state: 'waiting' | 'open' | 'closed' = 'waiting';
  #nested: Promise<void> = Promise.resolve();
  #turn:
    | { readonly owner: TransactionScope | undefined; readonly ended: Promise<void> }
    | undefined;

  constructor(parent: TransactionScope | undefined) {
    this.parent = parent;
  }

  /** Does work in this scope stand in a transaction, its own or one around it? */
  get open(): boolean {
    return this.begun || (this.parent?.open ?? false);
  }

  /** Is this scope's own transaction open? */
  get begun(): boolean {
    return this.#state === 'open';
  }

  begin(session: TenantSession): void {
    if (this.#state !== 'waiting') return;
    this.#session = session;
    this.#state = 'open';
  }

  close(): void {
    this.#session = undefined;
    this.#state = 'closed';
  }

  /**
   * The nearest scope with an open transaction, which work here joins: this one, or the one around it
   * while it waits for its BEGIN.
   *
   * @throws RingfenceError `TRANSACTION_CLOSED` for work that outlived its transaction.
   */
  get enclosing(): TransactionScope | undefined {
    if (this.#state === 'closed') throw new RingfenceError('TRANSACTION_CLOSED');
    return this.begun ? this : this.parent?.enclosing;
  }

  get session(): TenantSession | undefined {
    return this.#session;
  }

  /**
   * Waits for its turn to nest. Savepoints of two nested transactions must not interleave on one
   * connection, or rolling one back would undo the other.
   *
   * @param owner the scope of the work inside; `undefined` where nothing but one client works inside.
   * @returns the function that ends the turn.
   */
  async takeTurn(owner: TransactionScope | undefined): Promise<() => void> {
    const before = this.#nested;
    let resolve: () => void = () => undefined;
    const ended = new Promise<void>((done) => {
      resolve = done;
    });
    this.#nested = ended;
    await before;
    this.#turn = { owner, ended };
    return () => {
      this.#turn = undefined;
      resolve();
    };
  }

  /**
   * What a statement of this transaction waits for: the end of a nested one that it is no part of, or
   * it would be undone with that one's savepoint and yet be reported as done.
   *
   * @param from the scope that the statement is made in.
   */
  quietFor(from: TransactionScope | undefined): Promise<void> | undefined {
    const turn = this.#turn;
    if (!turn || (turn.owner && from?.isWithin(turn.owner))) return undefined;
    return turn.ended.then(() => this.quietFor(from));
  }

  isWithin(scope: TransactionScope): boolean {
    return this === scope || (this.parent?.isWithin(scope) ?? false);
  }
}

/** The scope of a pool in the current frame, if there is one. */
export function currentScope(pool: object): TransactionScope | undefined {
  const scope = currentFrame()?.transactions.get(pool);
  return scope instanceof TransactionScope ? scope : undefined;
}
