import { fromPostgres } from '../../errors/index.js';
import {
  ASK_MIGRATION_STATEMENT,
  type MigrationAct,
  type MigrationState,
  type Queryable,
  type TenantMigrationState,
} from '../../sql/index.js';
import type {
  Ask,
  LedgerAct,
  LedgerRing,
  MigrationEntry,
  MigrationStatus,
  RegisteredMigration,
  TenantEntry,
} from './ledger-entries.js';
import { MIGRATION_QUERY, REGISTER_STATEMENTS, STATUS_QUERIES } from './ledger-statements.js';

/** What {@link MigrationLedger.tenants} is narrowed by. */
export interface TenantsQuery {
  readonly states?: readonly TenantMigrationState[];
  readonly ring?: string;
  /** Only this one. */
  readonly tenant?: string;
  /** Only those behind this tenant, in the order of ids. */
  readonly after?: string;
  /** Default 100. */
  readonly limit?: number;
}

/**
 * The ledger of controlled migrations. Reading and asking work as the operator too; everything else as the
 * owner role only. What is not legal is refused by the database itself.
 *
 * @throws RingfenceError from every method: `MIGRATION_STEP_REFUSED`, `MIGRATION_UNKNOWN`,
 *   `CONTRACT_REFUSED`, or what the connection failed with.
 * @example
 * const ledger = new MigrationLedger(operatorClient);
 * await ledger.ask({ act: 'pause', migration: '20261201090000_slugs', actor: 'ann@example.test' });
 * const [status] = await ledger.status('20261201090000_slugs');
 */
export class MigrationLedger {
  readonly #db: Queryable;

  /** @param db a connection of the owner or the operator; one statement per call, no transaction needed. */
  constructor(db: Queryable) {
    this.#db = db;
  }

  /**
   * Writes a migration down, as a draft, or takes over changed settings. Files may change until it is
   * expanded, and not any more then.
   */
  async register(migration: RegisteredMigration): Promise<MigrationEntry> {
    const { name, checksum, settings, rings } = migration;
    await this.#query(REGISTER_STATEMENTS.migration, [name, checksum, JSON.stringify(settings)]);
    await this.#query(REGISTER_STATEMENTS.rings, [name, JSON.stringify(rings)]);
    return (await this.find(name)) as MigrationEntry;
  }

  /** One migration without its counts, or `undefined`. */
  async find(name: string): Promise<MigrationEntry | undefined> {
    const [entry] = await this.#query<MigrationEntry>(MIGRATION_QUERY, [name]);
    return entry;
  }

  /** Takes a step of the migration's way; the database refuses what is not legal. */
  async step(name: string, to: MigrationState, reason?: string): Promise<void> {
    await this.#query(
      'UPDATE ringfence.migrations SET state = $2, reason = $3 WHERE name = $1 RETURNING name',
      [name, to, reason ?? null],
    );
  }

  /** Asks for an act, in somebody's name: allowed to the operator. Returns the id of its record. */
  async ask(ask: Ask): Promise<string> {
    const { act, migration, actor, reason, tenant, ring } = ask;
    const call = (one: MigrationAct): Promise<{ id: string }[]> =>
      this.#query(ASK_MIGRATION_STATEMENT, [
        one,
        migration,
        actor,
        reason ?? null,
        tenant ?? null,
        ring ?? null,
      ]);
    // The switch first and by itself: what follows may have to wait for a lock.
    if (act === 'halt') await call('stop');
    const [row] = await call(act === 'halt' && migration === '*' ? 'stop' : act);
    return row?.id ?? '';
  }

  /** Counts by ring and state, of one migration or of all, the oldest first. */
  async status(name?: string): Promise<MigrationStatus[]> {
    const rows = await this.#query<MigrationStatus>(STATUS_QUERIES.migrations, [name ?? null]);
    const rings = await this.#query<LedgerRing & { migration: string }>(STATUS_QUERIES.rings, [
      name ?? null,
    ]);
    return rows.map((row) => ({
      ...row,
      rings: rings
        .filter(({ migration }) => migration === row.name)
        .map(({ migration: _, ...ring }) => ring),
    }));
  }

  /** Tenants of a migration in the order of ids. */
  tenants(name: string, query: TenantsQuery = {}): Promise<TenantEntry[]> {
    return this.#query<TenantEntry>(STATUS_QUERIES.tenants, [
      name,
      query.states ?? null,
      query.ring ?? null,
      query.after ?? null,
      query.limit ?? 100,
      query.tenant ?? null,
    ]);
  }

  /** What was done, in order; `after` is the id of the last one that is known. */
  acts(name: string, after = '0', limit = 100): Promise<LedgerAct[]> {
    return this.#query<LedgerAct>(STATUS_QUERIES.acts, [name, after, limit]);
  }

  async #query<R extends object>(text: string, values: unknown[]): Promise<R[]> {
    try {
      return (await this.#db.query<R>(text, values)).rows;
    } catch (error) {
      throw fromPostgres(error);
    }
  }
}
