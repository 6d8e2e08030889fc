import { RingfenceError } from '../../errors/index.js';
import type { RequestHead, TenantClaim, TenantResolver } from './tenant-claim.js';

/** A resolver that also takes its part of the path away, for a router that knows nothing of it. */
export interface PathResolver extends TenantResolver {
  /**
   * The target without the tenant's part: `/t/acme/documents?limit=1` becomes `/documents?limit=1`. A
   * target without that part stays as it is.
   */
  strip(target: string): string;
}

const PATTERN = /^((?:\/[A-Za-z0-9_-]+)*)\/:tenant$/;

/**
 * The path names the tenant by slug or id. What names a tenant here and what is taken away is one
 * reading of the target, so that no other spelling of a path reaches a route with the tenant unread.
 *
 * @param pattern literal segments and `:tenant` at the end
 * @throws RingfenceError `CONFIGURATION_INVALID` for another pattern
 * @example
 * const path = fromPath('/t/:tenant');
 * new FastifyAdapter({ rewriteUrl: ({ url = '/' }) => path.strip(url) });
 */
export function fromPath(pattern: string): PathResolver {
  const source = 'path';
  const prefix = PATTERN.exec(pattern)?.[1];
  if (prefix === undefined) {
    throw new RingfenceError('CONFIGURATION_INVALID', {
      detail: 'A tenant path is literal segments and :tenant at the end, such as /t/:tenant.',
    });
  }
  // Literal segments hold nothing that a pattern could take for something else.
  const target = new RegExp(
    `^([hH][tT]{2}[pP][sS]?://[^/?#]*)?${prefix}/([^/?#]+)(/[^?#]*)?(.*)$`,
    's',
  );
  return {
    source,
    claims: ({ originalUrl, url }: RequestHead): TenantClaim[] => {
      const segment = target.exec(originalUrl ?? url ?? '')?.[2];
      if (segment === undefined) return [];
      try {
        return [{ source, name: decodeURIComponent(segment) }];
      } catch {
        return [{ source }];
      }
    },
    strip: (text) => {
      const found = target.exec(text);
      if (!found) return text;
      const [, authority = '', , path = '/', query = ''] = found;
      return `${authority}${path}${query}`;
    },
  };
}
