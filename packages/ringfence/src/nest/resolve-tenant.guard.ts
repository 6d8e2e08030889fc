import { type CanActivate, type ExecutionContext, Inject, Injectable } from '@nestjs/common';
import { type TenantId, tenantContext } from '../context/index.js';
import { RingfenceError } from '../errors/index.js';
import { type ClaimPlaces, claimedTenants, type TenantClaim } from './claimed-tenants.js';
import { httpOf } from './request-record.js';
import { routeAccess } from './route-access.js';
import { TENANCY_OPTIONS, type TenancyOptions } from './tenancy-options.js';
import { TenantDirectoryCache } from './tenant-directory-cache.js';

/**
 * Station `resolve tenant`: the token decides. Host, address and tenant header may only agree with it,
 * and the directory must know its slug under its id.
 *
 * A token of a tenant that is gone, or whose slug now belongs to another, is `TOKEN_INVALID`: its
 * holder logs in again and learns nothing about which tenants exist.
 *
 * @throws RingfenceError `TENANT_SOURCES_DISAGREE`, `TOKEN_INVALID`, `TENANT_SUSPENDED`
 */
@Injectable()
export class ResolveTenantGuard implements CanActivate {
  readonly #places: ClaimPlaces;
  readonly #directory: TenantDirectoryCache;

  constructor(@Inject(TENANCY_OPTIONS) options: TenancyOptions) {
    this.#directory = new TenantDirectoryCache(options.directory);
    this.#places = {
      baseDomains: (options.baseDomains ?? ['localhost'])
        .map((domain) => domain.toLowerCase())
        .sort((a, b) => b.length - a.length),
      tenantHeader: (options.tenantHeader ?? 'x-tenant').toLowerCase(),
    };
  }

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const { request, record } = httpOf(context);
    if (routeAccess(context.getHandler(), context.getClass()).kind === 'public') return true;
    const { token } = record;
    if (!token) throw new RingfenceError('AUTHENTICATION_REQUIRED');
    // An API key names its tenant by id alone.
    const slug = token.tenantSlug ?? (await this.#directory.findTenant(token.tenantId))?.slug;
    if (slug === undefined) throw new RingfenceError('TOKEN_INVALID');
    for (const claim of claimedTenants(request.raw, this.#places)) {
      if (await this.#agrees(claim, token.tenantId, slug)) continue;
      record.evidence = {
        disagreeing: claim.source,
        tokenTenantId: token.tenantId,
        tokenTenantSlug: slug,
      };
      throw new RingfenceError('TENANT_SOURCES_DISAGREE');
    }
    const tenant = await this.#directory.findTenant(slug);
    if (tenant?.id !== token.tenantId) throw new RingfenceError('TOKEN_INVALID');
    if (tenant.state !== 'active') throw new RingfenceError('TENANT_SUSPENDED');
    record.resolved = tenantContext(token.tenantId, token.actor);
    return true;
  }

  async #agrees(claim: TenantClaim, id: TenantId, slug: string): Promise<boolean> {
    if (claim.host !== undefined) {
      // A host outside the base domains may be a tenant's own; one that nobody owns names nobody.
      const owner = await this.#directory.findTenant(claim.host);
      return owner === undefined || owner.id === id;
    }
    const name = claim.name?.toLowerCase();
    return name === slug || name === id;
  }
}
