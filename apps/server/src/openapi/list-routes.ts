import { RequestMethod } from '@nestjs/common';
import { METHOD_METADATA, PATH_METADATA } from '@nestjs/common/constants.js';
import { type DiscoveryService, MetadataScanner } from '@nestjs/core';
import type { ErrorCode } from 'ringfence/errors';
import { type RouteAccess, routeAccess } from 'ringfence/nest';
import { BODY_LIMIT } from '../edge/body-limit.decorator.js';
import { REFUSALS } from './refuses.decorator.js';

/** A route as its decorators declare it. */
export interface DeclaredRoute {
  readonly controller: string;
  readonly handler: string;
  readonly method: string;
  /** As in the OpenAPI document: `/projects/{id}`. */
  readonly path: string;
  readonly access: RouteAccess;
  readonly refusals: readonly ErrorCode[];
  /** Bytes; where the route says so itself. */
  readonly bodyLimit: number | undefined;
}

type Handler = (...args: never[]) => unknown;

/** Every route of every controller of the application. */
export function listRoutes(discovery: DiscoveryService): DeclaredRoute[] {
  return discovery.getControllers().flatMap(({ metatype }) => {
    if (typeof metatype !== 'function') return [];
    const prototype = metatype.prototype as Record<string, Handler>;
    const base = String(Reflect.getMetadata(PATH_METADATA, metatype) ?? '');
    return new MetadataScanner().getAllMethodNames(prototype).flatMap((name) => {
      const handler = prototype[name];
      const method = handler && (Reflect.getMetadata(METHOD_METADATA, handler) as RequestMethod);
      if (!handler || method === undefined) return [];
      const own = String(Reflect.getMetadata(PATH_METADATA, handler) ?? '');
      return {
        controller: metatype.name,
        handler: name,
        method: RequestMethod[method],
        path: toPath(base, own),
        access: routeAccess(handler, metatype),
        refusals: (Reflect.getMetadata(REFUSALS, handler) as ErrorCode[] | undefined) ?? [],
        bodyLimit: Reflect.getMetadata(BODY_LIMIT, handler) as number | undefined,
      };
    });
  });
}

function toPath(...parts: readonly string[]): string {
  const segments = parts.flatMap((part) => part.split('/')).filter((segment) => segment !== '');
  return `/${segments.map((segment) => segment.replace(/^:(\w+)$/, '{$1}')).join('/')}`;
}
