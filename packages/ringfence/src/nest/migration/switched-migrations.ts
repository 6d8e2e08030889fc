import { Inject, Injectable, Optional } from '@nestjs/common';
import {
  currentFrame,
  currentTenant,
  maybeTenant,
  runInTenant,
  type TenantId,
} from '../../context/index.js';
import { RingfenceError } from '../../errors/index.js';
import { ShortMemory } from '../short-memory.js';
import { TenancyChanges } from '../tenancy-changes.js';
import { MIGRATION_OPTIONS, type MigrationOptions } from './migration-options.js';

/**
 * Knows which tenant is switched to which migration, for code that serves both shapes. What the database
 * said is remembered for at most three seconds, and forgotten when the change feed says that something
 * has changed. Until the contract both shapes are right whatever is answered; what cannot be read is an
 * error, never "not switched".
 */
@Injectable()
export class SwitchedMigrations {
  readonly #names: ReadonlySet<string>;
  readonly #options: MigrationOptions;
  readonly #memory = new ShortMemory<ReadonlySet<string>>();

  constructor(
    @Inject(MIGRATION_OPTIONS) options: MigrationOptions,
    @Optional() @Inject(TenancyChanges) changes?: TenancyChanges,
  ) {
    this.#options = options;
    this.#names = new Set(options.names);
    changes?.subscribe(() => this.#memory.clear());
  }

  /**
   * Is the tenant served in the new shape?
   *
   * @throws RingfenceError `MIGRATION_UNKNOWN` for a name that the module was not told;
   *   `TENANT_CONTEXT_NESTED` inside another tenant's work; what the database failed with.
   * @example
   * if (await migrations.isSwitched(tenantId, '20261127100000_document_slug')) …
   */
  async isSwitched(tenant: TenantId, name: string): Promise<boolean> {
    if (!this.#names.has(name)) {
      throw new RingfenceError('MIGRATION_UNKNOWN', {
        detail: `MigrationModule was not told of ${name}.`,
      });
    }
    // Asked in a frame of its own, where nothing would notice: no request learns about another tenant.
    const own = maybeTenant();
    if (own && own.tenantId !== tenant) throw new RingfenceError('TENANT_CONTEXT_NESTED');
    const ask = async (): Promise<ReadonlySet<string>> =>
      new Set(await this.#options.switched.switchedMigrations());
    // On the connection that the work has already: waiting for a second one, a full pool would stand still.
    const names = inTransaction()
      ? await ask()
      : await this.#memory.recall(tenant, () => runInTenant(tenant, ask));
    return names.has(name);
  }

  /** The same for the tenant of the running work. */
  isSwitchedHere(name: string): Promise<boolean> {
    return this.isSwitched(currentTenant().tenantId, name);
  }

  /** Forgets everything at once. */
  clear(): void {
    this.#memory.clear();
  }
}

function inTransaction(): boolean {
  const transactions = currentFrame()?.transactions.values() ?? [];
  return [...transactions].some(({ open }) => open);
}
