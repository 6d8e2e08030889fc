import { SetMetadata } from '@nestjs/common';
import 'reflect-metadata';

const ROUTE_CLASS = 'ringfence:route-class';
const READING = ['GET', 'HEAD', 'OPTIONS'];

/**
 * Says what kind of work a route is (or all of a controller), where that is neither `read` nor `write`:
 * the rules of `ringfence/limits` may allow less of it.
 *
 * @param name a short lower-case word
 * @example
 * @RouteClass('export')
 * @Get('everything.csv')
 */
export function RouteClass(name: string): MethodDecorator & ClassDecorator {
  return SetMetadata(ROUTE_CLASS, name);
}

/** What `@RouteClass` says, the method before its class; else `read` or `write`, by the HTTP method. */
export function routeClassOf(handler: object, controller: object, method = 'GET'): string {
  const said: unknown =
    Reflect.getMetadata(ROUTE_CLASS, handler) ?? Reflect.getMetadata(ROUTE_CLASS, controller);
  if (typeof said === 'string') return said;
  return READING.includes(method) ? 'read' : 'write';
}
