import { type CanActivate, type ExecutionContext, Inject, Injectable } from '@nestjs/common';
import { authenticateRequest } from './authenticate-request.js';
import { httpOf } from './request-state.js';
import { routeAccess } from './route-access.js';
import { TENANCY_OPTIONS, type TenancyOptions } from './tenancy-options.js';

/**
 * Station `authenticate`: whose token is this? A route marked `@Public` passes, and nothing of a
 * token that came along is read, so that it never has a tenant.
 *
 * @throws RingfenceError `AUTHENTICATION_REQUIRED`, `TOKEN_INVALID`, `TOKEN_EXPIRED`
 */
@Injectable()
export class AuthenticateGuard implements CanActivate {
  constructor(@Inject(TENANCY_OPTIONS) private readonly options: TenancyOptions) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const { request } = httpOf(context);
    if (routeAccess(context.getHandler(), context.getClass()).kind === 'public') return true;
    await authenticateRequest(request, this.options.verifier);
    return true;
  }
}
