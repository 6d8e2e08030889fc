import { SetMetadata } from '@nestjs/common';

/** Metadata key of {@link NamesOtherTenants}. */
export const NAMES_OTHER_TENANTS = 'ringfence:names-other-tenants';

/**
 * Exempts a route from the egress check, because it lawfully answers with rows of several tenants.
 *
 * @param reason why that is lawful; a reviewer reads it
 * @example
 * @NamesOtherTenants('lists the tenants that one person belongs to')
 * @Get('me/tenants')
 */
export function NamesOtherTenants(reason: string): MethodDecorator {
  return SetMetadata(NAMES_OTHER_TENANTS, reason);
}
