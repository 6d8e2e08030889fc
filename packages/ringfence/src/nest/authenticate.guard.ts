import { type CanActivate, type ExecutionContext, Inject, Injectable } from '@nestjs/common';
import { RingfenceError } from '../errors/index.js';
import { httpOf } from './request-record.js';
import { routeAccess } from './route-access.js';
import { REPEATED, type SingleHeader, singleHeader } from './single-header.js';
import { TENANCY_OPTIONS, type TenancyOptions } from './tenancy-options.js';

const BEARER = /^Bearer +([^\s]+)$/i;

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
    const { request, record } = httpOf(context);
    if (routeAccess(context.getHandler(), context.getClass()).kind === 'public') return true;
    const token = bearerToken(singleHeader(request.raw, 'authorization'));
    record.token = await this.options.verifier.verify(token);
    return true;
  }
}

function bearerToken(header: SingleHeader): string {
  if (header === undefined) throw new RingfenceError('AUTHENTICATION_REQUIRED');
  const token = header === REPEATED ? undefined : BEARER.exec(header)?.[1];
  if (token === undefined) throw new RingfenceError('TOKEN_INVALID');
  return token;
}
