import { type CanActivate, type ExecutionContext, Inject, Injectable } from '@nestjs/common';
import { type Actor, permissionsOf, roleOf } from '../context/index.js';
import { RingfenceError } from '../errors/index.js';
import { httpOf } from './request-state.js';
import { routeAccess } from './route-access.js';
import { TENANCY_OPTIONS, type TenancyOptions } from './tenancy-options.js';

/**
 * Station `require permission`: may this actor do what the route says it does? What the directory of
 * members found counts; where none was asked, the permissions of the token's role. An actor without a
 * role has no permission, and a route that says nothing is for nobody.
 *
 * @throws RingfenceError `PERMISSION_DENIED`
 */
@Injectable()
export class RequirePermissionGuard implements CanActivate {
  // A Map, so that a role named `constructor` is a role that nobody has.
  readonly #roles: ReadonlyMap<string, readonly string[]>;
  readonly #asked: boolean;

  constructor(@Inject(TENANCY_OPTIONS) { roles, members }: TenancyOptions) {
    this.#roles = new Map(Object.entries(roles ?? {}));
    this.#asked = members !== undefined;
  }

  canActivate(context: ExecutionContext): boolean {
    const access = routeAccess(context.getHandler(), context.getClass());
    if (access.kind === 'public' || access.kind === 'any-member') return true;
    const actor = httpOf(context).record.frame.tenant?.actor;
    const held = actor && this.#held(actor);
    if (access.kind === 'permission' && held) {
      if (access.permissions.every((permission) => held.includes(permission))) return true;
    }
    throw new RingfenceError('PERMISSION_DENIED');
  }

  #held(actor: Actor): readonly string[] | undefined {
    if (this.#asked) return permissionsOf(actor);
    const role = roleOf(actor);
    return role === undefined ? undefined : this.#roles.get(role);
  }
}
