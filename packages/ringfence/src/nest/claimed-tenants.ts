import { Inject, Injectable } from '@nestjs/common';
import {
  claimedName,
  claimsOf,
  mayBeOneTenant,
  standardResolvers,
  type TenantClaim,
  type TenantResolver,
} from '../context/index.js';
import { RingfenceError } from '../errors/index.js';
import type { HttpRequest } from './fastify-shape.js';
import { RefusalCounts } from './refusal-counts.js';
import { recordOf } from './request-state.js';
import {
  TENANCY_OPTIONS,
  type TenancyOptions,
  type TenantDirectory,
  type TenantEntry,
} from './tenancy-options.js';

/** What a request without a token says about its tenant. */
export interface ClaimedTenant {
  /** As it was named, in lower case: for counting attempts by what was typed. */
  readonly name: string;
  readonly tenant: TenantEntry | undefined;
}

interface Named {
  readonly claim: TenantClaim;
  readonly name: string;
}

/**
 * Finds the tenant of a request that has no token yet (a log-in, a password reset): what host, path,
 * header and body name, which must be one tenant.
 *
 * Strangers ask here, so nothing tells which names exist. The directory is asked itself and not what is
 * remembered of it (an answer that comes sooner would tell that somebody asked before), as often as there
 * are names, whatever it answers.
 *
 * @example
 * const tenant = await this.claimed.find(request, input.tenant);
 * return logIn(dependencies, input, tenant); // one answer for an unknown tenant and a wrong password
 */
@Injectable()
export class ClaimedTenants {
  readonly #resolvers: readonly TenantResolver[];

  constructor(
    @Inject(TENANCY_OPTIONS) private readonly options: TenancyOptions,
    @Inject(RefusalCounts) private readonly refusals: RefusalCounts,
  ) {
    this.#resolvers = options.resolvers ?? standardResolvers();
  }

  /**
   * @param named what the body names: a slug, an id, a host
   * @returns no tenant where there is none of that name, and for names of which only the directory
   *   knows that they are not of one tenant: both are answered like wrong credentials
   * @throws RingfenceError `TENANT_SOURCES_DISAGREE` for names that contradict each other whatever the
   *   directory holds, or cannot be read; `VALIDATION_FAILED` at `/tenant` when nothing names a tenant
   */
  async resolve(request: HttpRequest, named?: string): Promise<ClaimedTenant> {
    const names = this.#names(request, named);
    const entries = await this.#look(names);
    // A host that nobody owns names nobody, unless it is what the body says.
    const counting = names.filter(
      ({ claim, name }) => claim.host === undefined || entries.get(name),
    );
    const [first] = counting;
    if (first === undefined) throw nobodyNamed();
    const { name } = first;
    const tenant = entries.get(name);
    const other = counting.find((each) => entries.get(each.name)?.id !== tenant?.id);
    if (other) {
      this.#noteDisagreement(request, other.claim);
      return { name, tenant: undefined };
    }
    if (!tenant) this.refusals.count('TENANT_UNKNOWN', first.claim.source);
    return { name, tenant };
  }

  /** Only the tenant of {@link resolve}. */
  async find(request: HttpRequest, named?: string): Promise<TenantEntry | undefined> {
    return (await this.resolve(request, named)).tenant;
  }

  /**
   * The directory as this request may ask it: it answers for a tenant only where every source of the
   * request agrees. For credentials that name their tenant themselves, such as a refresh token.
   *
   * @example
   * const tenant = await this.claimed.directoryFor(request).findTenant(key.tenantId);
   */
  directoryFor(request: HttpRequest): TenantDirectory {
    return { findTenant: (name) => this.find(request, name) };
  }

  #names(request: HttpRequest, named: string | undefined): readonly Named[] {
    const body: TenantClaim[] = named === undefined ? [] : [{ source: 'body', name: named }];
    const names = [...claimsOf(request.raw, this.#resolvers), ...body].map((claim) => {
      const name = claimedName(claim);
      if (name === undefined) throw this.#disagree(request, claim);
      return { claim, name };
    });
    for (const { claim, name } of names) {
      if (!names.every((other) => mayBeOneTenant(name, other.name))) {
        throw this.#disagree(request, claim);
      }
    }
    return names;
  }

  async #look(names: readonly Named[]): Promise<Map<string, TenantEntry | undefined>> {
    const entries = new Map<string, TenantEntry | undefined>();
    for (const { name } of names) {
      if (!entries.has(name)) entries.set(name, await this.options.directory.findTenant(name));
    }
    return entries;
  }

  /** For the operator's eyes: whoever asks is told what somebody with a wrong password is told. */
  #noteDisagreement(request: HttpRequest, { source }: TenantClaim): void {
    this.refusals.count('TENANT_SOURCES_DISAGREE', source);
    const requestId = recordOf(request).id;
    this.options.logger.warn(
      { event: 'TENANT_SOURCES_DISAGREE', requestId, source },
      'A request without a token named several tenants.',
    );
  }

  #disagree(request: HttpRequest, { source }: TenantClaim): RingfenceError {
    this.refusals.count('TENANT_SOURCES_DISAGREE', source);
    recordOf(request).evidence = { source };
    return new RingfenceError('TENANT_SOURCES_DISAGREE');
  }
}

function nobodyNamed(): RingfenceError {
  const message = 'Name the tenant here, or send the request to an address that names it.';
  return new RingfenceError('VALIDATION_FAILED', { errors: [{ pointer: '/tenant', message }] });
}
