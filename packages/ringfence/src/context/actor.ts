/**
 * Who acts. `user` is a person with a session in the tenant; `api-key` a program of the tenant;
 * `operator` a person who runs the platform, under a grant; `system` the platform itself.
 */
export type Actor =
  | {
      readonly kind: 'user';
      readonly id: string;
      readonly sessionId: string;
      readonly role: string;
    }
  | { readonly kind: 'api-key'; readonly id: string; readonly role: string }
  | { readonly kind: 'operator'; readonly id: string; readonly grantId: string }
  | { readonly kind: 'system'; readonly reason: string };

/** The role an actor holds in the tenant, or `undefined` for actors that hold none. */
export function roleOf(actor: Actor): string | undefined {
  return actor.kind === 'user' || actor.kind === 'api-key' ? actor.role : undefined;
}
