import { describe, expect, it, vi } from 'vitest';
import { TenancyChanges } from './tenancy-changes.js';
import { TenantDirectoryCache } from './tenant-directory-cache.js';
import { A, startApp } from './test-app.fixture.js';

describe('the change feed of an application', () => {
  it('runs from its start to its end, and makes it forget', async () => {
    const findTenant = vi.fn(async () => A);
    const findMember = vi.fn(async () => undefined);
    const stop = vi.fn(async () => undefined);
    let changed = (): void => undefined;
    const { app } = await startApp([], {
      directory: { findTenant },
      members: { findMember },
      changes: (onChange) => {
        changed = onChange;
        return { stop };
      },
    });
    const own = vi.fn();
    app.get(TenancyChanges).subscribe(own);
    const cache = app.get(TenantDirectoryCache);
    await cache.findTenant('acme');
    await cache.findTenant('acme');
    expect(findTenant).toHaveBeenCalledTimes(1);
    changed();
    expect(own).toHaveBeenCalledTimes(1);
    await cache.findTenant('acme');
    expect(findTenant).toHaveBeenCalledTimes(2);
    expect(stop).not.toHaveBeenCalled();
    await app.close();
    expect(stop).toHaveBeenCalledTimes(1);
  });
});
