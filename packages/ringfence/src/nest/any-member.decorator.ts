import { SetMetadata } from '@nestjs/common';
import { ANY_MEMBER_REASON } from './route-access.js';

/**
 * Lets every member of the tenant use a route (or all of a controller), whatever their role.
 *
 * @param reason why no permission is needed here
 * @example
 * @AnyMember('shows the colours of the tenant')
 * @Get('theme')
 */
export function AnyMember(reason: string): MethodDecorator & ClassDecorator {
  return SetMetadata(ANY_MEMBER_REASON, reason);
}
