import { SetMetadata } from '@nestjs/common';
import { PUBLIC_REASON } from './route-access.js';

/**
 * Lets a route (or all of a controller) pass without a token. It then has no tenant: tenant-scoped
 * work in it fails with `TENANT_CONTEXT_MISSING`.
 *
 * @param reason why nobody needs to be known here
 * @example
 * @Public('answers load balancers')
 * @Get('healthz')
 */
export function Public(reason: string): MethodDecorator & ClassDecorator {
  return SetMetadata(PUBLIC_REASON, reason);
}
