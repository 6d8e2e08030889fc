import { type CanActivate, type ExecutionContext, Inject, Injectable } from '@nestjs/common';
import { type Actor, currentFrame, fillFrame, tenantContext } from '../context/index.js';
import { RingfenceError } from '../errors/index.js';
import { MemberCache } from './member-cache.js';
import { httpOf } from './request-state.js';
import { TenancyChanges } from './tenancy-changes.js';
import { type MemberEntry, TENANCY_OPTIONS, type TenancyOptions } from './tenancy-options.js';

/**
 * Station `check membership`: is whoever the token names still a member, and what may they do now? A
 * token says what was true when it was issued; the directory of members says what is true, at most
 * three seconds ago. Then the request's frame is filled, once, with the actor as it is now.
 *
 * Without the option `members` the token's own role counts until it expires.
 *
 * @throws RingfenceError `ACCESS_WITHDRAWN`; `TOKEN_INVALID` for an API key
 */
@Injectable()
export class CheckMembershipGuard implements CanActivate {
  readonly #members: MemberCache | undefined;

  constructor(
    @Inject(TENANCY_OPTIONS) { members }: TenancyOptions,
    @Inject(TenancyChanges) changes: TenancyChanges,
  ) {
    this.#members =
      members && (members instanceof MemberCache ? members : new MemberCache(members));
    changes.subscribe(() => this.#members?.clear());
  }

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const { record } = httpOf(context);
    const { resolved } = record;
    // A public route has no tenant: nobody was resolved.
    if (!resolved) return true;
    let tenant = resolved;
    if (this.#members) {
      const member = await this.#members.findMember(resolved);
      if (!member) {
        record.evidence = { withdrawnTenantId: resolved.tenantId };
        // A key that has gone is answered like one that never was; a person may know that they were one.
        const isKey = resolved.actor.kind === 'api-key';
        throw new RingfenceError(isKey ? 'TOKEN_INVALID' : 'ACCESS_WITHDRAWN');
      }
      tenant = tenantContext(resolved.tenantId, asMember(resolved.actor, member));
    }
    // A frame of somebody else here would hand our tenant to them: refuse instead.
    if (currentFrame() !== record.frame) throw new RingfenceError('TENANT_CONTEXT_MISSING');
    fillFrame(tenant);
    return true;
  }
}

/** The actor with what it holds now. Operators and the platform itself hold no role in a tenant. */
function asMember(actor: Actor, { role, permissions }: MemberEntry): Actor {
  if (actor.kind !== 'user' && actor.kind !== 'api-key') return actor;
  return { ...actor, role, permissions: Object.freeze([...permissions]) };
}
