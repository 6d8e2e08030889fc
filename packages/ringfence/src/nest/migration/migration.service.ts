import { Inject, Injectable } from '@nestjs/common';
import { maybeTenant, type TenantId } from '../../context/index.js';
import { RingfenceError } from '../../errors/index.js';
import {
  MIGRATION_OPTIONS,
  type MigrationAskOptions,
  type MigrationOptions,
  type MigrationRequests,
} from './migration-options.js';
import { SwitchedMigrations } from './switched-migrations.js';

/** Who asks may be left out where an operator's request is running. */
export type ApplyOptions = Omit<MigrationAskOptions, 'actor'> & { readonly actor?: string };

/**
 * Controlled migrations from inside the application. It asks, in somebody's name, and waits; a runner with
 * rights of its own does the work. So a process that serves requests never holds the migration login, and
 * SQL that gets into it can move nothing.
 *
 * @example
 * constructor(private readonly migrations: MigrationService) {}
 * await this.migrations.applyMigrationToTenant(acme, '20261127100000_document_slug', { actor: 'ann' });
 */
@Injectable()
export class MigrationService {
  constructor(
    @Inject(MIGRATION_OPTIONS) private readonly options: MigrationOptions,
    @Inject(SwitchedMigrations) private readonly switched: SwitchedMigrations,
  ) {}

  /**
   * Migrates one tenant, whatever ring it is in: its rows are brought to the new shape and verified, and
   * then it is switched. All other tenants stay as they are.
   *
   * @throws RingfenceError `MIGRATION_TENANT_FAILED`, `MIGRATION_STOPPED`, `MIGRATION_UNDER_WAY`,
   *   `MIGRATION_UNKNOWN`; `PERMISSION_DENIED` in a request that is not an operator's;
   *   `CONFIGURATION_INVALID` where nobody asks, or in nobody's name.
   */
  async applyMigrationToTenant(
    tenantId: TenantId,
    name: string,
    options: ApplyOptions = {},
  ): Promise<unknown> {
    const done = await this.#requests().applyToTenant(tenantId, name, asked(options));
    // This node knows it at once, also without a change feed.
    this.switched.clear();
    return done;
  }

  /** The same for all tenants of a ring, until the ring has passed its gates. */
  async applyMigrationToRing(
    name: string,
    ring: string,
    options: ApplyOptions = {},
  ): Promise<unknown> {
    const done = await this.#requests().applyToRing(name, ring, asked(options));
    this.switched.clear();
    return done;
  }

  /** Where a migration stands: rings, tenants, failures, nodes and the last acts. */
  async status(name: string): Promise<unknown> {
    refuseTenants();
    return this.#requests().status(name);
  }

  /** See {@link SwitchedMigrations.isSwitched}. */
  isSwitched(tenant: TenantId, name: string): Promise<boolean> {
    return this.switched.isSwitched(tenant, name);
  }

  #requests(): MigrationRequests {
    const { requests } = this.options;
    if (requests) return requests;
    throw new RingfenceError('CONFIGURATION_INVALID', {
      detail: 'This process asks for no migrations: MigrationModule has no `requests`.',
    });
  }
}

function asked(options: ApplyOptions): MigrationAskOptions {
  refuseTenants();
  const actor = maybeTenant()?.actor;
  const name = actor?.kind === 'operator' ? `operator ${actor.id}` : options.actor;
  if (name) return { ...options, actor: name };
  throw new RingfenceError('CONFIGURATION_INVALID', {
    detail: 'A migration is asked for in somebody’s name: give actor.',
  });
}

/** What other tenants' migrations look like, and when one's own happens, is no business of a tenant's people. */
function refuseTenants(): void {
  const actor = maybeTenant()?.actor;
  if (actor?.kind === 'user' || actor?.kind === 'api-key') {
    throw new RingfenceError('PERMISSION_DENIED');
  }
}
