import { type CanActivate, type ExecutionContext, Inject, Injectable } from '@nestjs/common';
import { roleOf } from '../context/index.js';
import { RingfenceError } from '../errors/index.js';
import { httpOf } from './request-record.js';
import { routeAccess } from './route-access.js';
import { TENANCY_OPTIONS, type TenancyOptions } from './tenancy-options.js';

/**
 * Station `require permission`: may this actor's role do what the route says it does? An actor without
 * a role has no permission.
 *
 * @throws RingfenceError `PERMISSION_DENIED`
 */
@Injectable()
export class RequirePermissionGuard implements CanActivate {
  // A Map, so that a role named `constructor` is a role that nobody has.
  readonly #permissions: ReadonlyMap<string, ReadonlySet<string>>;

  constructor(@Inject(TENANCY_OPTIONS) options: TenancyOptions) {
    this.#permissions = new Map(
      Object.entries(options.roles).map(([role, permissions]) => [role, new Set(permissions)]),
    );
  }

  canActivate(context: ExecutionContext): boolean {
    const access = routeAccess(context.getHandler(), context.getClass());
    if (access.kind !== 'permission') return true;
    const tenant = httpOf(context).record.frame.tenant;
    const role = tenant && roleOf(tenant.actor);
    const held = role === undefined ? undefined : this.#permissions.get(role);
    if (!access.permissions.every((permission) => held?.has(permission))) {
      throw new RingfenceError('PERMISSION_DENIED');
    }
    return true;
  }
}
