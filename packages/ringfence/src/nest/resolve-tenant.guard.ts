import { type CanActivate, type ExecutionContext, Inject, Injectable } from '@nestjs/common';
import {
  claimedName,
  claimsOf,
  requireActive,
  standardResolvers,
  type TenantClaim,
  type TenantResolver,
  tenantContext,
} from '../context/index.js';
import { type ErrorCode, isRingfenceError, RingfenceError } from '../errors/index.js';
import { RefusalCounts } from './refusal-counts.js';
import { httpOf, type RequestState } from './request-state.js';
import { routeAccess } from './route-access.js';
import { TENANCY_OPTIONS, type TenancyOptions, type TenantEntry } from './tenancy-options.js';
import { TenantDirectoryCache } from './tenant-directory-cache.js';

/**
 * Station `resolve tenant`: the token decides. Every other source may only agree with it, and the
 * directory must know its slug under its id.
 *
 * A token of a tenant that is gone, or whose slug now belongs to another, is `TOKEN_INVALID`: its
 * holder logs in again and learns nothing about which tenants exist.
 *
 * @throws RingfenceError `TENANT_SOURCES_DISAGREE`, `TOKEN_INVALID`, `TENANT_SUSPENDED`,
 *   `TENANT_DELETING`
 */
@Injectable()
export class ResolveTenantGuard implements CanActivate {
  readonly #resolvers: readonly TenantResolver[];

  constructor(
    @Inject(TENANCY_OPTIONS) options: TenancyOptions,
    @Inject(TenantDirectoryCache) private readonly directory: TenantDirectoryCache,
    @Inject(RefusalCounts) private readonly refusals: RefusalCounts,
  ) {
    this.#resolvers = options.resolvers ?? standardResolvers();
  }

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const { request, record } = httpOf(context);
    if (routeAccess(context.getHandler(), context.getClass()).kind === 'public') return true;
    const { token } = record;
    if (!token) throw new RingfenceError('AUTHENTICATION_REQUIRED');
    // An API key names its tenant by id alone.
    const tenant = await this.directory.findTenant(token.tenantSlug ?? token.tenantId);
    if (tenant?.id !== token.tenantId) throw this.#refusal('TOKEN_INVALID', 'token', record);
    for (const claim of claimsOf(request.raw, this.#resolvers)) {
      if (!(await this.#agrees(claim, tenant))) {
        throw this.#refusal('TENANT_SOURCES_DISAGREE', claim.source, record);
      }
    }
    this.#requireActive(tenant, record);
    record.resolved = tenantContext(token.tenantId, token.actor);
    return true;
  }

  async #agrees(claim: TenantClaim, { id, slug }: TenantEntry): Promise<boolean> {
    const name = claimedName(claim);
    if (name === undefined) return false;
    if (claim.host === undefined) return name === slug || name === id;
    // A host outside the base domains may be a tenant's own; one that nobody owns names nobody.
    const owner = await this.directory.findTenant(name);
    return owner === undefined || owner.id === id;
  }

  #requireActive({ state }: TenantEntry, record: RequestState): void {
    try {
      requireActive(state);
    } catch (error) {
      if (isRingfenceError(error)) throw this.#refusal(error.code, 'token', record);
      throw error;
    }
  }

  /** Counted here and recorded by the request's line: whose token it was, never what was named. */
  #refusal(code: ErrorCode, source: string, record: RequestState): RingfenceError {
    const { tenantId, tenantSlug } = record.token ?? {};
    this.refusals.count(code, source);
    record.evidence = {
      source,
      ...(tenantId && { tokenTenantId: tenantId }),
      ...(tenantSlug && { tokenTenantSlug: tenantSlug }),
    };
    return new RingfenceError(code);
  }
}
