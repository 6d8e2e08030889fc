import type { DiscoveryService } from '@nestjs/core';
import type { ErrorCode } from 'ringfence/errors';
import { listRoutes as declaredRoutes, type DeclaredRoute as Route } from 'ringfence/nest';
import { BODY_LIMIT } from '../edge/body-limit.decorator.js';
import { TAKES_TOKEN } from '../edge/session-cookie/takes-token.js';
import { REFUSALS } from './refuses.decorator.js';

/** A route as its decorators declare it, with the refusals that are particular to it. */
export interface DeclaredRoute extends Route {
  readonly refusals: readonly ErrorCode[];
  /** Bytes; where the route says so itself. */
  readonly bodyLimit: number | undefined;
  /** A cookie may stand for the body. */
  readonly bodyOptional: boolean;
}

/** Every route of every controller of the application. */
export function listRoutes(discovery: DiscoveryService): DeclaredRoute[] {
  return declaredRoutes(discovery).map((route) => ({
    ...route,
    refusals: (Reflect.getMetadata(REFUSALS, route.handler) as ErrorCode[] | undefined) ?? [],
    bodyLimit: Reflect.getMetadata(BODY_LIMIT, route.handler) as number | undefined,
    bodyOptional: Reflect.getMetadata(TAKES_TOKEN, route.handler) === true,
  }));
}
