import type { FastifyInstance } from 'fastify';
import type { DeclaredRoute } from '../openapi/index.js';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** May strangers use it? Set by know-routes.ts for every route of a controller. */
    access?: DeclaredRoute['access']['kind'];
  }
}

/** Matches addresses with the routes of the application. */
export interface KnownRoutes {
  /** The methods that an address answers, HEAD and OPTIONS among them; none for an unknown address. */
  methodsOf(url: string): readonly string[];
}

const SEGMENT = /^:\w+$/;

/**
 * Collects the routes while they are added: call it before. Each gets to know who may use it, which
 * decides how much of a body is read, and when.
 *
 * @param limitOf bytes of the longest body that a declared route reads
 */
export function collectRoutes(
  fastify: FastifyInstance,
  declared: readonly DeclaredRoute[],
  limitOf: (route: DeclaredRoute) => number,
): KnownRoutes {
  const byName = new Map(declared.map((route) => [`${route.method} ${route.path}`, route]));
  const methodsByPattern = new Map<string, Set<string>>();
  fastify.addHook('onRoute', (route) => {
    const path = route.url.replace(/:(\w+)/g, '{$1}');
    for (const method of [route.method].flat()) {
      // Fastify answers HEAD by the handler of GET.
      const own = byName.get(`${method === 'HEAD' ? 'GET' : method} ${path}`);
      if (!own) continue;
      route.config = { ...route.config, access: own.access.kind };
      route.bodyLimit = limitOf(own);
      const methods = methodsByPattern.get(route.url) ?? new Set(['OPTIONS']);
      methodsByPattern.set(route.url, methods.add(method));
    }
  });
  return {
    methodsOf(url) {
      const wanted = segmentsOf(url);
      const found = new Set<string>();
      for (const [pattern, methods] of methodsByPattern) {
        if (matches(segmentsOf(pattern), wanted)) for (const method of methods) found.add(method);
      }
      return [...found].sort();
    },
  };
}

function segmentsOf(url: string): string[] {
  return (url.split('?', 1)[0] ?? '').split('/');
}

function matches(pattern: readonly string[], wanted: readonly string[]): boolean {
  return (
    pattern.length === wanted.length &&
    pattern.every((part, at) => (SEGMENT.test(part) ? wanted[at] !== '' : part === wanted[at]))
  );
}
