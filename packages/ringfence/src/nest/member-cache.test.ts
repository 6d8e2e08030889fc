import { describe, expect, it, vi } from 'vitest';
import { type Actor, maybeTenant, runInTenant, tenantContext } from '../context/index.js';
import { MemberCache } from './member-cache.js';
import type { MemberEntry } from './tenancy-options.js';
import { A, B } from './test-app.fixture.js';

const ENTRY: MemberEntry = { role: 'member', permissions: ['note.read'] };
const user = (id = 'u', sessionId = 's'): Actor => ({ kind: 'user', id, sessionId, role: 'x' });
const of = (actor = user(), tenant = A) => tenantContext(tenant.id, actor);

function setUp(options: { entries?: number; milliseconds?: number } = {}) {
  let time = 0;
  const findMember = vi.fn(async (): Promise<MemberEntry | undefined> => ENTRY);
  const cache = new MemberCache({ findMember }, { ...options, now: () => time });
  const pass = (milliseconds: number) => {
    time += milliseconds;
  };
  return { cache, findMember, pass };
}

/** A promise that is settled when the test says so. */
function later<T>() {
  let resolve: (value: T) => void = () => undefined;
  const promise = new Promise<T>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}

describe('MemberCache', () => {
  it('remembers for three seconds and never longer, whatever it is told', async () => {
    for (const milliseconds of [undefined, 60_000]) {
      const { cache, findMember, pass } = setUp(milliseconds ? { milliseconds } : {});
      await cache.findMember(of());
      pass(2999);
      await cache.findMember(of());
      expect(findMember).toHaveBeenCalledTimes(1);
      pass(1);
      await cache.findMember(of());
      expect(findMember).toHaveBeenCalledTimes(2);
    }
  });

  it('counts the age of an answer from its question', async () => {
    const { cache, findMember, pass } = setUp();
    const { promise, resolve } = later<MemberEntry>();
    findMember.mockReturnValueOnce(promise);
    const slow = cache.findMember(of());
    pass(3000);
    resolve(ENTRY);
    await slow;
    await cache.findMember(of());
    expect(findMember).toHaveBeenCalledTimes(2);
  });

  it('keeps apart tenants, people, sessions, and kinds of actors', async () => {
    const { cache, findMember } = setUp();
    const key: Actor = { kind: 'api-key', id: 'u', role: 'x' };
    const other: Actor = { kind: 'operator', id: 'u', grantId: 's' };
    const contexts = [of(), of(user('u', 't')), of(user('v')), of(user(), B), of(key), of(other)];
    for (const context of [...contexts, ...contexts]) await cache.findMember(context);
    expect(findMember).toHaveBeenCalledTimes(contexts.length);
  });

  it('takes no part of one name for another', async () => {
    const { cache, findMember } = setUp();
    await cache.findMember(of(user('a b', 'c')));
    await cache.findMember(of(user('a', 'b c')));
    await cache.findMember(of(user('a","b', 'c')));
    expect(findMember).toHaveBeenCalledTimes(3);
  });

  it('takes the role of a token for nothing', async () => {
    const { cache, findMember } = setUp();
    for (const role of ['viewer', 'owner'])
      await cache.findMember(of({ ...user(), role } as Actor));
    expect(findMember).toHaveBeenCalledTimes(1);
  });

  it('shares a question that is under way, and does not remember an error', async () => {
    const { cache, findMember } = setUp();
    findMember.mockRejectedValueOnce(new Error('away'));
    const both = [cache.findMember(of()), cache.findMember(of())];
    for (const answer of both) await expect(answer).rejects.toThrow('away');
    expect(await cache.findMember(of())).toBe(ENTRY);
    expect(findMember).toHaveBeenCalledTimes(2);
  });

  it('forgets everything when told, what is being asked as well', async () => {
    const { cache, findMember } = setUp();
    const { promise, resolve } = later<MemberEntry | undefined>();
    findMember.mockReturnValueOnce(promise);
    const before = cache.findMember(of());
    cache.clear();
    findMember.mockResolvedValueOnce(undefined);
    expect(await cache.findMember(of())).toBeUndefined();
    resolve(ENTRY);
    expect(await before).toBe(ENTRY);
    expect(await cache.findMember(of())).toBeUndefined();
    expect(findMember).toHaveBeenCalledTimes(2);
  });

  it('keeps no more than its number of entries', async () => {
    const { cache, findMember } = setUp({ entries: 2 });
    for (const id of ['a', 'b', 'c', 'b', 'c']) await cache.findMember(of(user(id)));
    expect(findMember).toHaveBeenCalledTimes(3);
    await cache.findMember(of(user('a')));
    expect(findMember).toHaveBeenCalledTimes(4);
  });

  it('asks in no tenant, whoever came first', async () => {
    const { cache, findMember } = setUp();
    findMember.mockImplementation(async () => {
      expect(maybeTenant()).toBeUndefined();
      return ENTRY;
    });
    expect(await runInTenant(B.id, () => cache.findMember(of()))).toBe(ENTRY);
  });
});
