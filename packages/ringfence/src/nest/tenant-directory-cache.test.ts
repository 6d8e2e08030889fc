import { describe, expect, it, vi } from 'vitest';
import { maybeTenant, runInTenant } from '../context/index.js';
import { TenantDirectoryCache } from './tenant-directory-cache.js';
import { A, B } from './test-app.fixture.js';

function setUp(entries = 1000) {
  let time = 0;
  const findTenant = vi.fn(async (name: string) => (name === 'acme' ? A : undefined));
  const cache = new TenantDirectoryCache(
    { findTenant },
    { milliseconds: 100, entries, now: () => time },
  );
  const pass = (milliseconds: number) => {
    time += milliseconds;
  };
  return { cache, findTenant, pass };
}

describe('TenantDirectoryCache', () => {
  it('remembers an answer for its time, and that there is none', async () => {
    const { cache, findTenant, pass } = setUp();
    for (let n = 0; n < 3; n += 1) {
      expect(await cache.findTenant('acme')).toBe(A);
      expect(await cache.findTenant('nobody')).toBeUndefined();
    }
    pass(99);
    await cache.findTenant('acme');
    expect(findTenant).toHaveBeenCalledTimes(2);
    pass(1);
    await cache.findTenant('acme');
    expect(findTenant).toHaveBeenCalledTimes(3);
  });

  it('forgets what it is told to forget', async () => {
    const { cache, findTenant } = setUp();
    await cache.findTenant('acme');
    cache.clear();
    await cache.findTenant('acme');
    expect(findTenant).toHaveBeenCalledTimes(2);
  });

  it('shares a question that is under way', async () => {
    const { cache, findTenant } = setUp();
    await Promise.all([cache.findTenant('acme'), cache.findTenant('acme')]);
    expect(findTenant).toHaveBeenCalledTimes(1);
  });

  it('asks in no tenant, whoever came first', async () => {
    const { cache, findTenant } = setUp();
    findTenant.mockImplementation(async () => {
      expect(maybeTenant()).toBeUndefined();
      return B;
    });
    expect(await runInTenant(A.id, () => cache.findTenant('globex'))).toBe(B);
  });

  it('forgets an error at once, for everybody who waited', async () => {
    const { cache, findTenant } = setUp();
    findTenant.mockRejectedValueOnce(new Error('gone'));
    const both = [cache.findTenant('acme'), cache.findTenant('acme')];
    for (const answer of both) await expect(answer).rejects.toThrow('gone');
    expect(await cache.findTenant('acme')).toBe(A);
  });

  it('keeps no more than its number of entries', async () => {
    const { cache, findTenant } = setUp(2);
    for (const name of ['acme', 'b', 'c', 'b', 'c']) await cache.findTenant(name);
    expect(findTenant).toHaveBeenCalledTimes(3);
    await cache.findTenant('acme');
    expect(findTenant).toHaveBeenCalledTimes(4);
  });
});
