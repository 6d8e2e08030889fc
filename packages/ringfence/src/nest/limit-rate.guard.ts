import { finished } from 'node:stream';
import { type CanActivate, type ExecutionContext, Inject, Injectable } from '@nestjs/common';
import type { TenantId } from '../context/index.js';
import { isRingfenceError, RingfenceError } from '../errors/index.js';
import type { RateLimitDecision, RateLimitKey } from '../limits/index.js';
import type { HttpReply } from './fastify-shape.js';
import { rateLimitHeaders } from './rate-limit-headers.js';
import { httpOf } from './request-state.js';
import { routeClassOf } from './route-class.decorator.js';
import { routePattern } from './route-pattern.js';
import { TENANCY_OPTIONS, type TenancyOptions } from './tenancy-options.js';

/** When to come again while nothing can be counted. */
const STORE_BACK_SECONDS = 1;

/**
 * Station `limit rate`: counts the request for its tenant, its actor and its kind of route, and tells the
 * client where it stands. Routes without a tenant are not counted here. It comes after the tenant was
 * resolved and the membership checked: nobody uses up the share of a tenant that is not theirs. Then it
 * waits until the tenant may have one more request in work.
 *
 * @see {@link rateLimitHeaders}; RFC 9110, section 10.2.3 (`Retry-After`)
 * @throws RingfenceError `RATE_LIMITED`, `RATE_LIMITER_UNAVAILABLE`, `CONCURRENCY_LIMITED`
 */
@Injectable()
export class LimitRateGuard implements CanActivate {
  constructor(@Inject(TENANCY_OPTIONS) private readonly options: TenancyOptions) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const { request, reply, record } = httpOf(context);
    const tenant = record.frame.tenant;
    if (!tenant) return true;
    const route = routePattern(request);
    const { method } = request.raw;
    const routeClass = routeClassOf(context.getHandler(), context.getClass(), method);
    const decision = await this.#take({ ...tenant, route, routeClass }, reply);
    if (!decision) return this.#enter(tenant.tenantId, reply);
    for (const [name, value] of rateLimitHeaders(decision)) reply.header(name, value);
    if (decision.allowed) return this.#enter(tenant.tenantId, reply);
    reply.header('Retry-After', Math.max(1, Math.ceil(decision.resetSeconds)));
    throw new RingfenceError('RATE_LIMITED');
  }

  /** Waits until one more request of the tenant may be in work, which it is until its answer has ended. */
  async #enter(tenantId: TenantId, { raw }: HttpReply): Promise<true> {
    const { requestShares: shares } = this.options;
    if (!shares) return true;
    await new Promise<void>((resolve, reject) => {
      shares.take(tenantId, (refused) => (refused ? reject(refused) : resolve()));
    });
    // Also for whoever has hung up while waiting: it is told at once then.
    finished(raw, () => shares.give(tenantId));
    return true;
  }

  async #take(key: RateLimitKey, reply: HttpReply): Promise<RateLimitDecision | undefined> {
    try {
      return await this.options.limiter?.take(key);
    } catch (error) {
      if (isRingfenceError(error, 'RATE_LIMITER_UNAVAILABLE')) {
        reply.header('Retry-After', STORE_BACK_SECONDS);
      }
      throw error;
    }
  }
}
