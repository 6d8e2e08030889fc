import { type CanActivate, type ExecutionContext, Inject, Injectable } from '@nestjs/common';
import { RingfenceError } from '../errors/index.js';
import { httpOf } from './request-record.js';
import { routePattern } from './route-pattern.js';
import { TENANCY_OPTIONS, type TenancyOptions } from './tenancy-options.js';

/**
 * Station `limit rate`: counts the request for its tenant and route and tells the client where it
 * stands. Routes without a tenant are not counted here.
 *
 * @see draft-ietf-httpapi-ratelimit-headers-06 (`RateLimit-Limit`, `-Remaining`, `-Reset`), RFC 9110,
 *   section 10.2.3 (`Retry-After`)
 * @throws RingfenceError `RATE_LIMITED`
 */
@Injectable()
export class LimitRateGuard implements CanActivate {
  constructor(@Inject(TENANCY_OPTIONS) private readonly options: TenancyOptions) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const { request, reply, record } = httpOf(context);
    const { limiter } = this.options;
    const tenant = record.frame.tenant;
    if (!limiter || !tenant) return true;
    const route = routePattern(request);
    const decision = await limiter.take({ ...tenant, route });
    const seconds = Math.max(0, Math.ceil(decision.resetSeconds));
    reply.header('RateLimit-Limit', decision.limit);
    reply.header('RateLimit-Remaining', Math.max(0, decision.remaining));
    reply.header('RateLimit-Reset', seconds);
    if (decision.allowed) return true;
    reply.header('Retry-After', Math.max(1, seconds));
    throw new RingfenceError('RATE_LIMITED');
  }
}
