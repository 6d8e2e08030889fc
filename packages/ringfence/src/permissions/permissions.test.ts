import { describe, expect, it } from 'vitest';
import { isRingfenceError } from '../errors/index.js';
import { definePermissions, mayGrant, scopedPermissions } from './index.js';

const permissions = definePermissions({
  names: ['note.read', 'note.create', 'note.delete'],
  roles: {
    owner: ['note.read', 'note.create', 'note.delete'],
    member: ['note.read', 'note.create'],
    viewer: ['note.read'],
  },
  fixed: ['owner'],
});

describe('effective permissions', () => {
  it('are those of the built-in role', () => {
    expect(permissions.effective('member')).toEqual(['note.read', 'note.create']);
    expect(permissions.effective('member', null)).toEqual(['note.read', 'note.create']);
  });

  it('are those of the custom role in its place, more or fewer', () => {
    expect(permissions.effective('viewer', ['note.delete'])).toEqual(['note.delete']);
    expect(permissions.effective('member', [])).toEqual([]);
  });

  it('hold what everybody holds, unless there is no such role', () => {
    const own = definePermissions({
      names: ['self.read', 'note.read'],
      roles: { viewer: ['note.read'] },
      everybody: ['self.read'],
    });
    expect(own.effective('viewer')).toEqual(['self.read', 'note.read']);
    expect(own.effective('viewer', [])).toEqual(['self.read']);
    expect(own.effective('nobody', [])).toEqual([]);
    expect(own.grantable).toEqual(['note.read']);
  });

  it('of a fixed role stay what they are', () => {
    expect(permissions.effective('owner', [])).toEqual(permissions.names);
  });

  it('leave out names that nobody knows, and any that stand there twice', () => {
    const stored = ['note.read', 'note.read', 'note.burn', '__proto__', 'constructor'];
    expect(permissions.effective('viewer', stored)).toEqual(['note.read']);
  });

  it.each(['nobody', '', 'constructor', '__proto__', 'toString'])(
    'of the role «%s» are none, whatever its custom role says',
    (role) => {
      expect(permissions.effective(role)).toEqual([]);
      expect(permissions.effective(role, ['note.read'])).toEqual([]);
    },
  );
});

describe('a definition', () => {
  it.each([
    ['a name twice', { names: ['a.read', 'a.read'], roles: {} }],
    ['a role with an unknown name', { names: ['a.read'], roles: { viewer: ['a.raed'] } }],
  ])('with %s is refused', (_, definition) => {
    const define = () => definePermissions(definition as { names: string[]; roles: object });
    expect(define).toThrow(expect.toSatisfy(isRingfenceError));
  });
});

describe('mayGrant', () => {
  it.each([
    [['a', 'b'], ['a', 'b'], true],
    [['a', 'b'], ['b'], true],
    [['a', 'b'], [], true],
    [[], [], true],
    [['a'], ['a', 'b'], false],
    [[], ['a'], false],
    [['a'], ['A'], false],
  ])('with %j, %j: %j', (held, wanted, allowed) => {
    expect(mayGrant(held, wanted)).toBe(allowed);
  });
});

describe('scopedPermissions', () => {
  it('are the scopes that the maker still holds', () => {
    expect(scopedPermissions(['a', 'b'], ['b', 'c'])).toEqual(['b']);
    expect(scopedPermissions([], ['b', 'c'])).toEqual([]);
    expect(scopedPermissions(['a'], [])).toEqual([]);
  });
});
