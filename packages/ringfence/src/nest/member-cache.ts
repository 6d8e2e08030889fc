import type { Actor, TenantContext } from '../context/index.js';
import { ShortMemory, type ShortMemoryOptions } from './short-memory.js';
import type { MemberDirectory, MemberEntry } from './tenancy-options.js';

/**
 * Remembers what a {@link MemberDirectory} said about a member for at most three seconds: that long a
 * removed one gets in on a node that nobody told, and one question per actor, node and three seconds is
 * all that the promise costs. `clear()` when you hear that something has changed.
 *
 * @example
 * const members = new MemberCache(directory);
 * TenancyModule.forRoot({ …, members });
 */
export class MemberCache implements MemberDirectory {
  readonly #directory: MemberDirectory;
  readonly #memory: ShortMemory<MemberEntry | undefined>;

  constructor(directory: MemberDirectory, options: ShortMemoryOptions = {}) {
    this.#directory = directory;
    this.#memory = new ShortMemory(options);
  }

  findMember(tenant: TenantContext): Promise<MemberEntry | undefined> {
    return this.#memory.recall(keyOf(tenant), () => this.#directory.findMember(tenant));
  }

  /** Forgets everything at once; the next request of each actor asks again. */
  clear(): void {
    this.#memory.clear();
  }
}

/** JSON, so that no text of one part can pass for the end of another. */
function keyOf({ tenantId, actor }: TenantContext): string {
  return JSON.stringify([tenantId, actor.kind, ...identity(actor)]);
}

/** The role is no part of it: it is what the directory is asked about. */
function identity(actor: Actor): readonly string[] {
  switch (actor.kind) {
    case 'user':
      return [actor.id, actor.sessionId];
    case 'operator':
      return [actor.id, actor.grantId];
    case 'api-key':
      return [actor.id];
    default:
      return [actor.reason];
  }
}
