import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import { Inject, Injectable } from '@nestjs/common';
import { TenantDirectoryCache } from 'ringfence/nest';
import { SERVER_CONFIG, type ServerConfig } from '../../config.js';
import { isHttps } from '../is-https.js';

/** Whose page a request comes from. */
export type Origin =
  /** The operator named it; it may read what is anybody's. */
  | { readonly kind: 'listed' }
  /** A tenant's page, by its slug or id; whether there is such a tenant is not said. */
  | { readonly kind: 'tenant'; readonly name: string };

/** The tenant that an answer belongs to. */
export interface AnswerTenant {
  readonly tenantId: string;
  /** An API key does not say it: its answers are not for pages. */
  readonly tenantSlug?: string | undefined;
}

/** As browsers write it: lower case, no path, no user; the port only where it is not the scheme's own. */
const ORIGIN = /^(https?):\/\/([a-z0-9.-]{1,253})(?::([1-9]\d{0,4}))?$/;
const AUTHORITY = /^([a-z0-9.-]{1,253})(?::\d{1,5})?$/i;
const LABEL = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;
const LOCAL = /(?:^|\.)localhost$/;

/**
 * Decides which foreign pages may read answers: docs/edge.md has the rules as a table.
 *
 * A page below a base domain stands for the tenant that its name says, and nobody is asked whether there
 * is one: the answer would tell strangers which tenants exist. It may read what belongs to nobody, and the
 * answers of the tenant of that name.
 */
@Injectable()
export class OriginRules {
  readonly #directory: TenantDirectoryCache;
  readonly #listed: ReadonlySet<string>;
  readonly #baseDomains: readonly string[];
  /** Scheme and port of tenants' pages, as `https:` or `http:3000`. */
  readonly #doors: ReadonlySet<string>;
  readonly #demo: boolean;

  constructor(
    @Inject(SERVER_CONFIG) config: ServerConfig,
    @Inject(TenantDirectoryCache) directory: TenantDirectoryCache,
  ) {
    this.#directory = directory;
    const own = new URL(config.PUBLIC_URL.replace('{tenant}', 'tenant'));
    const isShared = !config.PUBLIC_URL.includes('{tenant}');
    this.#listed = new Set([...config.CORS_ORIGINS, ...(isShared ? [own.origin] : [])]);
    this.#baseDomains = config.BASE_DOMAINS;
    this.#doors = new Set(['https:', `${own.protocol}${own.port}`]);
    this.#demo = !isHttps(config);
  }

  /** Reads an `Origin` header; `undefined` for one that is nobody's whom we know. */
  async find(header: string | undefined): Promise<Origin | undefined> {
    if (header === undefined) return undefined;
    if (this.#listed.has(header)) return { kind: 'listed' };
    const [, scheme = '', host = '', port = ''] = ORIGIN.exec(header) ?? [];
    const isOurDoor = this.#doors.has(`${scheme}:${port}`);
    // A page in development, served by any program of the same machine.
    const isLocal = this.#demo && LOCAL.test(host);
    if (!isOurDoor && !isLocal) return undefined;
    const name = await this.#tenantOfHost(host);
    return name === undefined ? undefined : { kind: 'tenant', name };
  }

  /** The tenant that the request's own host stands for, by slug or id. */
  hostTenant(request: IncomingMessage): Promise<string | undefined> {
    const host = AUTHORITY.exec(request.headers.host ?? '')?.[1]?.toLowerCase();
    return this.#tenantOfHost(host ?? '');
  }

  async #tenantOfHost(host: string): Promise<string | undefined> {
    const labels = host.split('.');
    if (!labels.every((label) => LABEL.test(label)) || isIP(host) !== 0) return undefined;
    if (this.#baseDomains.includes(host)) return undefined;
    const base = this.#baseDomains.find((domain) => host.endsWith(`.${domain}`));
    if (base !== undefined) {
      const name = host.slice(0, -base.length - 1);
      return name.includes('.') ? undefined : name;
    }
    // A single label may be a slug, and asking would tell whether it is one.
    if (labels.length < 2) return undefined;
    return (await this.#directory.findTenant(host))?.slug;
  }
}

/** May a page of this origin read an answer that belongs to this tenant, or to nobody? */
export function mayRead(origin: Origin, tenant: AnswerTenant | undefined): boolean {
  if (origin.kind === 'listed' || tenant === undefined) return true;
  return origin.name === tenant.tenantSlug || origin.name === tenant.tenantId;
}
