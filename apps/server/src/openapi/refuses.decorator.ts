import { SetMetadata } from '@nestjs/common';
import type { ErrorCode } from 'ringfence/errors';

/** Metadata key of {@link Refuses}. */
export const REFUSALS = 'server:refusals';

/**
 * Names the refusals that are particular to a route, for the OpenAPI document. What every route may
 * answer (no token, no permission, a wrong request, …) is added there by itself.
 *
 * @example
 * @Refuses('HAS_CHILDREN')
 * @Delete(':id')
 */
export function Refuses(...codes: readonly ErrorCode[]): MethodDecorator {
  return SetMetadata(REFUSALS, codes);
}
