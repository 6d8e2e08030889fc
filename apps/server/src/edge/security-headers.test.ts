import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { securityHeaders } from './security-headers.js';

const PAGE = path.resolve(import.meta.dirname, '../../../../docs/edge.md');

describe('securityHeaders', () => {
  it('are those that docs/edge.md explains', () => {
    const table = readFileSync(PAGE, 'utf8').split('## Which pages')[0] ?? '';
    const explained = [...table.matchAll(/^\| `([a-z-]+)` \|/gm)].map(([, name]) => name);
    expect(explained).toEqual(Object.keys(securityHeaders({ https: true })));
  });

  it('promise https only to browsers that come by it', () => {
    const names = Object.keys(securityHeaders({ https: false }));
    expect(names).not.toContain('strict-transport-security');
    expect(names.length).toBe(Object.keys(securityHeaders({ https: true })).length - 1);
  });
});
