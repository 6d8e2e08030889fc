/**
 * What a key may do: its scopes, as far as its maker holds them now. A maker who is demoted takes every
 * key along, and one who rises gives a key nothing that it was not made with.
 *
 * @example
 * scopedPermissions(['note.read', 'note.create'], ['note.read', 'note.delete']); // ['note.read']
 */
export function scopedPermissions<Name extends string>(
  scopes: Iterable<string>,
  held: readonly Name[],
): readonly Name[] {
  const wanted = new Set(scopes);
  return held.filter((permission) => wanted.has(permission));
}
