import { describe, expect, it } from 'vitest';
import { requireActive } from './tenant-state.js';

describe('requireActive', () => {
  it('lets only an active tenant pass, and says which state it is in', () => {
    expect(() => requireActive('active')).not.toThrow();
    expect(() => requireActive('suspended')).toThrow(
      expect.objectContaining({ code: 'TENANT_SUSPENDED', status: 403 }),
    );
    expect(() => requireActive('deleting')).toThrow(
      expect.objectContaining({ code: 'TENANT_DELETING', status: 410 }),
    );
  });
});
