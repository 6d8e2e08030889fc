import { SetMetadata } from '@nestjs/common';
import { PERMISSION } from './route-access.js';

/**
 * Says which permission a route needs; the actor's role must hold it, or the answer is
 * `PERMISSION_DENIED`. On a controller and on its method, both are needed.
 *
 * @example
 * @RequirePermission('project.create')
 * @Post()
 */
export function RequirePermission(permission: string): MethodDecorator & ClassDecorator {
  return SetMetadata(PERMISSION, permission);
}
