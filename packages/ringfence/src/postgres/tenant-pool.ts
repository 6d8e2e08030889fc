import pg, { type PoolClient, type QueryConfig, type QueryResult } from 'pg';
import {
  currentFrame,
  currentTenant,
  maybeTenant,
  parseTenantId,
  runInTransactionFrame,
  type TenantId,
} from '../context/index.js';
import { isRingfenceError, RingfenceError } from '../errors/index.js';
import {
  ACTIVATE_DOMAIN_STATEMENT,
  DEACTIVATE_DOMAIN_STATEMENT,
  domainSubject,
  FIND_TENANT_STATEMENT,
  type NodeReport,
  nodeSubject,
  OWN_DOMAINS_STATEMENT,
  type Queryable,
  REPORT_NODE_STATEMENT,
  SWITCHED_MIGRATIONS_STATEMENT,
} from '../sql/index.js';
import { actorClaim } from './actor-claim.js';
import type { StartProblem } from './check-application-role.js';
import { checkStart } from './check-start.js';
import { type ConnectFor, connectInTurn } from './connect-in-turn.js';
import { hearErrors } from './hear-errors.js';
import { type Keyring, keyringFromEnvironment } from './keyring.js';
import { normalizeQuery, settle } from './normalize-query.js';
import { type ConnectionRules, connectionRules, type Pooler } from './pooler.js';
import { runAlone } from './single-statement.js';
import { statementFacts } from './statement-facts.js';
import {
  type ActorBinding,
  actorBinding,
  proveSubject,
  type TenantBinding,
  tenantBinding,
  timeLimitOf,
  type UNPROVEN,
} from './tenant-binding.js';
import { JoinedClient, OwnClient, type TenantClient } from './tenant-client.js';
import { TenantConnection } from './tenant-connection.js';
import type { DirectoryEntry, TenantPoolConfig, TransactionOptions } from './tenant-pool-config.js';
import { TenantSession } from './tenant-session.js';
import { currentScope, TransactionScope } from './transaction-scope.js';
import { type WatchedStatements, watchStatements } from './watch-statements.js';

/** How long a call waits for a connection: a pool that is waited for by its own user must not hang. */
const CONNECTION_TIMEOUT_MS = 30_000;

type ConnectCallback = (
  error: Error | undefined,
  client: PoolClient | undefined,
  release: (destroy?: boolean | Error) => void,
) => void;

/**
 * The seam: a `pg.Pool` on which every statement is bound to the tenant of the calling context, for
 * one transaction and no longer. Prisma's adapter, Drizzle, Kysely and plain code take it as they
 * take a `pg.Pool`.
 *
 * - `query()` outside a transaction runs in one of its own; inside {@link TenantPool.transaction} it
 *   joins, so a pool of one connection cannot deadlock on nested calls.
 * - `connect()` hands out a client whose BEGIN carries the binding; inside an open transaction its
 *   BEGIN, COMMIT and ROLLBACK are a savepoint.
 * - Without a tenant context nothing is sent: `TENANT_CONTEXT_MISSING`.
 *
 * @example
 * const pool = new TenantPool({ connectionString: process.env.DATABASE_URL });
 * const { rows } = await runInTenant(acme, () => pool.query('SELECT title FROM documents'));
 */
export class TenantPool extends pg.Pool {
  readonly #keyring: Keyring | typeof UNPROVEN;
  readonly #binding: TenantBinding;
  readonly #acting: ActorBinding | undefined;
  readonly #rules: ConnectionRules;
  readonly #pooler: Pooler | undefined;
  readonly #connectFor: ConnectFor;
  readonly #watch: WatchedStatements | undefined;
  #savepoints = 0;

  constructor(config: TenantPoolConfig) {
    const { keyring, pooler, preparedStatements, attribution, ...others } = config;
    const { shares, statementTimeoutMs, statements, ...rest } = others;
    super({ connectionTimeoutMillis: CONNECTION_TIMEOUT_MS, ...rest });
    this.#keyring = keyring ?? keyringFromEnvironment();
    const timeLimit = timeLimitOf(statementTimeoutMs);
    this.#binding = tenantBinding(this.#keyring, timeLimit);
    this.#acting = attribution ? actorBinding(this.#keyring, timeLimit) : undefined;
    this.#connectFor = connectInTurn(this, (obtained) => super.connect(obtained), shares);
    this.#rules = connectionRules(pooler, preparedStatements);
    this.#pooler = pooler;
    // The pool has already dropped the idle connection that failed; unheard, the event ends the process.
    this.on('error', () => undefined);
    this.on('connect', hearErrors);
    this.#watch = statements && watchStatements(this, statements);
  }

  // biome-ignore lint/suspicious/noExplicitAny: node-postgres' overloads differ in return type only by callback.
  override query(...args: any[]): any {
    const { config, callback } = normalizeQuery(args);
    const tenantId = this.#watch && maybeTenant()?.tenantId;
    const result =
      this.#watch && tenantId
        ? this.#watch.run(tenantId, config, () => this.#query(config))
        : this.#query(config);
    return settle(result, callback);
  }

  // biome-ignore lint/suspicious/noExplicitAny: as above.
  override connect(callback?: ConnectCallback): any {
    const client = this.#connect();
    if (!callback) return client;
    client.then(
      (own) => process.nextTick(callback, undefined, own, own.release.bind(own)),
      (error: Error) => process.nextTick(callback, error, undefined, () => undefined),
    );
    return undefined;
  }

  /**
   * Runs `fn` in one transaction of the current tenant. Every `query()` of this pool inside joins it.
   * A nested call is a savepoint: it is undone alone, and committed with the outer one.
   *
   * @throws RingfenceError `TRANSACTION_NOT_COMMITTED` when a failed statement was swallowed inside;
   *   `TRANSACTION_CONTROL_REFUSED` for an isolation level in a nested call.
   * @example
   * await pool.transaction(async (tx) => { await tx.query('INSERT …'); await pool.query('UPDATE …') });
   */
  transaction<T>(
    fn: (client: Queryable) => Promise<T>,
    options: TransactionOptions = {},
  ): Promise<T> {
    const begin = options.isolation ? `BEGIN ISOLATION LEVEL ${options.isolation}` : 'BEGIN';
    return this.joinable(async () => {
      const client: PoolClient = await this.connect();
      try {
        await client.query(begin);
        const result = await fn(client);
        await client.query('COMMIT');
        return result;
      } catch (error) {
        await client.query('ROLLBACK').catch(() => undefined);
        throw error;
      } finally {
        client.release();
      }
    });
  }

  /**
   * Runs `fn` so that the first transaction begun inside by `connect()` and BEGIN becomes joinable:
   * for clients that begin by themselves, such as Prisma's interactive transactions.
   */
  async joinable<T>(fn: () => Promise<T>): Promise<T> {
    currentTenant();
    const scope = new TransactionScope(currentScope(this));
    try {
      return await runInTransactionFrame(this, scope, fn);
    } finally {
      // Work that was left running inside must not slip into a connection of its own.
      scope.close();
    }
  }

  /**
   * Asks the directory for a tenant by slug, host, active domain or id: the one question that needs no tenant context,
   * through the one function that the application may call without it.
   */
  async findTenant(name: string): Promise<DirectoryEntry | undefined> {
    if (name.includes('\0')) return undefined;
    const { rows } = await this.#unbound({ text: FIND_TENANT_STATEMENT, values: [name] });
    const row = rows[0] as { id: string; slug: string; state: DirectoryEntry['state'] } | undefined;
    return row && { id: parseTenantId(row.id), slug: row.slug, state: row.state };
  }

  /**
   * Makes a domain name the current tenant. Call it only after the tenant has proven that the domain is
   * theirs (by a DNS record that they could not have taken from anybody else): the database believes
   * this process, and takes the domain from whoever proved it before.
   *
   * @param domain in lower case and ASCII (RFC 5890, 2.3.2.1), as it comes in `Host`.
   * @throws the driver's error with SQLSTATE 23505 when the platform gave this host to another tenant,
   *   and 23514 when it is no name of a host.
   * @example
   * await runInTenant(acme, () => pool.activateDomain('docs.acme.example'));
   */
  async activateDomain(domain: string): Promise<void> {
    const subject = domainSubject(currentTenant().tenantId, domain);
    const proof = proveSubject(this.#keyring, subject);
    await this.query({ text: ACTIVATE_DOMAIN_STATEMENT, values: [domain, proof] });
  }

  /** Gives up a domain of the current tenant; nothing happens when it is not theirs. */
  async deactivateDomain(domain: string): Promise<void> {
    await this.query({ text: DEACTIVATE_DOMAIN_STATEMENT, values: [domain] });
  }

  /** The active domains of the current tenant. */
  async ownDomains(): Promise<string[]> {
    const { rows } = await this.query({ text: OWN_DOMAINS_STATEMENT });
    return rows.map(({ domain }: { domain: string }) => domain);
  }

  /** The names of the migrations that the current tenant is switched to; of others it learns nothing. */
  async switchedMigrations(): Promise<string[]> {
    const { rows } = await this.query({ text: SWITCHED_MIGRATIONS_STATEMENT });
    return rows[0].names;
  }

  /**
   * Tells the ledger of migrations that this process lives, in which version, and what it saw since the
   * last time. Signed: SQL that is injected into a request cannot speak for a node. Needs no tenant.
   */
  async reportNode(report: NodeReport): Promise<void> {
    const { node, version, requests, errors, p95Micros } = report;
    const proof = proveSubject(this.#keyring, nodeSubject(report));
    await this.#unbound({
      text: REPORT_NODE_STATEMENT,
      values: [node, version, requests, errors, p95Micros, proof],
    });
  }

  /**
   * Signs what this process has found out for itself, for functions of the machinery that believe
   * nobody else: SQL that is injected into a request cannot make it.
   *
   * @param subject a text of `ringfence/sql` that says what, and for whom.
   * @returns a proof that is good for a minute.
   */
  prove(subject: string): string {
    return proveSubject(this.#keyring, subject);
  }

  /** Is the database there? Rejects with the driver's error when it is not. */
  async ping(): Promise<void> {
    await this.#unbound({ text: 'SELECT 1' });
  }

  /** Why the application must not start on this database; see {@link checkStart}. */
  checkApplicationRole(): Promise<StartProblem[]> {
    return checkStart({
      bound: (text) => this.#query({ text }),
      unbound: (text) => this.#unbound({ text }),
      connect: () => super.connect(),
      pooler: this.#pooler,
    });
  }

  #query(config: QueryConfig): Promise<QueryResult> {
    try {
      // Read here, in the caller: a queued waiter's callback runs in somebody else's context.
      const { tenantId } = currentTenant();
      // A transaction that is joined here belongs to whoever began it.
      if (statementFacts(config.text).kind !== 'statement') {
        throw new RingfenceError('TRANSACTION_CONTROL_REFUSED');
      }
      const scope = currentScope(this);
      const enclosing = scope?.enclosing;
      const joined = enclosing?.session;
      if (!joined) return this.#alone(tenantId, this.#bindingFor(config.text), config);
      const quiet = enclosing.quietFor(scope);
      return quiet ? quiet.then(() => joined.run(config)) : joined.run(config);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** One statement on a connection of its own: with callbacks, because nothing runs as often. */
  #alone(
    tenantId: TenantId,
    binding: TenantBinding,
    config: QueryConfig,
    attempt = 0,
  ): Promise<QueryResult> {
    return new Promise((resolve, reject) => {
      this.#connectFor(tenantId, (failed, client) => {
        if (failed || !client) {
          reject(failed);
          return;
        }
        const connection = TenantConnection.over(client, this.#rules);
        runAlone(
          connection,
          () => binding(tenantId),
          config,
          (error, result) => {
            connection.release(true);
            if (result) resolve(result);
            // Nothing was done yet; the poisoned connection is dropped. Each one can fail only once.
            else if (isRingfenceError(error, 'CONNECTION_RESIDUE') && attempt < this.options.max) {
              resolve(this.#alone(tenantId, binding, config, attempt + 1));
            } else reject(error);
          },
        );
      });
    });
  }

  /** The binding for the caller's work. Whoever acts is asked for here, in the caller. */
  #bindingFor(text?: string): TenantBinding {
    const acting = this.#acting;
    if (!acting || (text !== undefined && statementFacts(text).reading)) return this.#binding;
    const claim = actorClaim(currentTenant(), currentFrame()?.requestId);
    return (tenantId) => acting(tenantId, claim);
  }

  async #connect(): Promise<PoolClient> {
    const { tenantId } = currentTenant();
    const scope = currentScope(this);
    const waiting = scope?.begun ? undefined : scope;
    const enclosing = scope?.enclosing;
    const session = enclosing?.session;
    let client: TenantClient;
    if (session && enclosing) {
      if (session.tenantId !== tenantId) throw new RingfenceError('TENANT_SWITCH_IN_TRANSACTION');
      this.#savepoints += 1;
      client = new JoinedClient(this, session, enclosing, waiting, `ringfence_${this.#savepoints}`);
    } else {
      const binding = this.#bindingFor();
      const own = new TenantSession(await this.#checkout(tenantId), tenantId, binding);
      client = new OwnClient(this, own, waiting);
    }
    // Safe because what is missing from it (raw protocol, cursors, end) must not be reachable.
    return client as unknown as PoolClient;
  }

  #checkout(tenantId: TenantId): Promise<TenantConnection> {
    return new Promise((resolve, reject) => {
      this.#connectFor(tenantId, (failed, client) => {
        if (client) resolve(TenantConnection.over(client, this.#rules));
        else reject(failed);
      });
    });
  }

  async #unbound(config: QueryConfig): Promise<QueryResult> {
    const scope = currentScope(this);
    // A pool of one is busy with this very transaction; the question may ride on its connection.
    if (scope?.open) {
      const session = scope.enclosing?.session;
      if (session) return session.client.query(config);
    }
    const client = await super.connect();
    try {
      const result = await client.query(config);
      client.release();
      return result;
    } catch (error) {
      client.release(true);
      throw error;
    }
  }
}
