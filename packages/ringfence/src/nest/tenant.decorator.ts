import { createParamDecorator } from '@nestjs/common';
import { currentTenant } from '../context/index.js';

/**
 * Gives a handler the verified tenant context of the request.
 *
 * @throws RingfenceError `TENANT_CONTEXT_MISSING` on a public route.
 * @example
 * list(@Tenant() tenant: TenantContext) { … }
 */
export const Tenant: () => ParameterDecorator = createParamDecorator(() => currentTenant());
