/**
 * May somebody who holds `held` give `wanted` to anybody, themselves included? Nobody grants what they
 * do not hold: not by a role, not by a custom role, not by a key.
 *
 * Ask with what the giver holds *now*, read under a lock in the transaction that grants.
 *
 * @example
 * mayGrant(['note.read'], ['note.read', 'note.create']); // false
 */
export function mayGrant(held: Iterable<string>, wanted: Iterable<string>): boolean {
  const own = new Set(held);
  return [...wanted].every((permission) => own.has(permission));
}
