import 'reflect-metadata';

/** Metadata keys of the decorators that say who may use a route. */
export const PUBLIC_REASON = 'ringfence:public';
export const PERMISSION = 'ringfence:permission';
export const ANY_MEMBER_REASON = 'ringfence:any-member';

/** Who may use a route. One that says nothing is used by nobody: the application does not start. */
export type RouteAccess =
  | { readonly kind: 'public'; readonly reason: string }
  | { readonly kind: 'permission'; readonly permissions: readonly string[] }
  | { readonly kind: 'any-member'; readonly reason: string }
  | { readonly kind: 'undeclared' };

/**
 * Reads off a route who may use it. The method's own word counts before its class's; a permission
 * before `@AnyMember`, and that before `@Public`; permissions of class and method are both needed.
 *
 * @param handler the controller's method
 * @param controller its class
 * @example
 * routeAccess(ProjectsController.prototype.list, ProjectsController); // { kind: 'permission', … }
 */
export function routeAccess(handler: object, controller: object): RouteAccess {
  const ofController = known.get(controller) ?? new WeakMap<object, RouteAccess>();
  known.set(controller, ofController);
  const access = ofController.get(handler) ?? readAccess(handler, controller);
  ofController.set(handler, access);
  return access;
}

/** Every guard asks for every request, and decorators have spoken before the first one comes. */
const known = new WeakMap<object, WeakMap<object, RouteAccess>>();

function readAccess(handler: object, controller: object): RouteAccess {
  const [own, ofClass] = [handler, controller].map((target) => ({
    permission: Reflect.getMetadata(PERMISSION, target) as string | undefined,
    anyMember: Reflect.getMetadata(ANY_MEMBER_REASON, target) as string | undefined,
    reason: Reflect.getMetadata(PUBLIC_REASON, target) as string | undefined,
  }));
  const permissions = [ofClass?.permission, own?.permission].filter((name) => name !== undefined);
  if (own?.permission !== undefined) return { kind: 'permission', permissions };
  if (own?.anyMember !== undefined) return { kind: 'any-member', reason: own.anyMember };
  if (own?.reason !== undefined) return { kind: 'public', reason: own.reason };
  if (permissions.length > 0) return { kind: 'permission', permissions };
  if (ofClass?.anyMember !== undefined) return { kind: 'any-member', reason: ofClass.anyMember };
  if (ofClass?.reason !== undefined) return { kind: 'public', reason: ofClass.reason };
  return { kind: 'undeclared' };
}
