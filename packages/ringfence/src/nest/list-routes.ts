import { RequestMethod } from '@nestjs/common';
import { METHOD_METADATA, PATH_METADATA } from '@nestjs/common/constants.js';
import { type DiscoveryService, MetadataScanner } from '@nestjs/core';
import { type RouteAccess, routeAccess } from './route-access.js';

type Handler = (...args: never[]) => unknown;

/** A route as its decorators declare it. */
export interface DeclaredRoute {
  readonly controller: string;
  /** The method, with whatever else decorators have put on it. */
  readonly handler: Handler;
  readonly method: string;
  /** As in an OpenAPI document: `/projects/{id}`. */
  readonly path: string;
  readonly access: RouteAccess;
}

/**
 * Every route of every controller of an application, with who may use it.
 *
 * @example
 * const routes = listRoutes(app.get(DiscoveryService, { strict: false }));
 */
export function listRoutes(discovery: DiscoveryService): DeclaredRoute[] {
  return discovery.getControllers().flatMap(({ metatype }) => {
    if (typeof metatype !== 'function') return [];
    const prototype = metatype.prototype as Record<string, Handler>;
    const bases = pathsOf(metatype);
    return new MetadataScanner().getAllMethodNames(prototype).flatMap((name) => {
      const handler = prototype[name];
      const method = handler && (Reflect.getMetadata(METHOD_METADATA, handler) as RequestMethod);
      if (!handler || method === undefined) return [];
      return bases.flatMap((base) =>
        pathsOf(handler).map((own) => ({
          controller: metatype.name,
          handler,
          method: RequestMethod[method],
          path: toPath(base, own),
          access: routeAccess(handler, metatype),
        })),
      );
    });
  });
}

function pathsOf(target: object): string[] {
  return [Reflect.getMetadata(PATH_METADATA, target) ?? ''].flat().map(String);
}

function toPath(...parts: readonly string[]): string {
  const segments = parts.flatMap((part) => part.split('/')).filter((segment) => segment !== '');
  return `/${segments.map((segment) => segment.replace(/^:(\w+)$/, '{$1}')).join('/')}`;
}
