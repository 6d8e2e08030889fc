/** What whoever keeps the members said that an actor is now; see `ringfence/nest`, `MemberDirectory`. */
interface Held {
  readonly role: string;
  /** Absent where nobody was asked: then only the role is known, as the token had it. */
  readonly permissions?: readonly string[];
}

/**
 * Who acts. `user` is a person with a session in the tenant; `api-key` a program of the tenant;
 * `operator` a person who runs the platform, under a grant; `system` the platform itself.
 */
export type Actor =
  | ({ readonly kind: 'user'; readonly id: string; readonly sessionId: string } & Held)
  | ({ readonly kind: 'api-key'; readonly id: string } & Held)
  | { readonly kind: 'operator'; readonly id: string; readonly grantId: string }
  | { readonly kind: 'system'; readonly reason: string };

/** The role an actor holds in the tenant, or `undefined` for actors that hold none. */
export function roleOf(actor: Actor): string | undefined {
  return actor.kind === 'user' || actor.kind === 'api-key' ? actor.role : undefined;
}

/** The permissions an actor was found to hold, or `undefined` where nobody was asked. */
export function permissionsOf(actor: Actor): readonly string[] | undefined {
  return actor.kind === 'user' || actor.kind === 'api-key' ? actor.permissions : undefined;
}
