import { createParamDecorator } from '@nestjs/common';
import { currentTenant } from '../context/index.js';

/**
 * Gives a handler the verified actor of the request.
 *
 * @throws RingfenceError `TENANT_CONTEXT_MISSING` on a public route.
 * @example
 * remove(@CurrentActor() actor: Actor) { … }
 */
export const CurrentActor: () => ParameterDecorator = createParamDecorator(
  () => currentTenant().actor,
);
