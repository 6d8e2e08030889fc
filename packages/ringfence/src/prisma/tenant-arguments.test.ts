import { describe, expect, it } from 'vitest';
import { parseTenantId } from '../context/index.js';
import { checkTenantArguments } from './tenant-arguments.js';
import { type TenantModel, tenantModels } from './tenant-models.js';

const A = parseTenantId('aaaaaaaa-0000-4000-8000-00000000000a');
const B = 'bbbbbbbb-0000-4000-8000-00000000000b';

const scalar = (name: string, type = 'String') => ({ name, kind: 'scalar', type });
const relation = (name: string, type: string) => ({ name, kind: 'object', type });
const tenant = { ...scalar('tenantId'), dbName: 'tenant_id' };
const MODELS = tenantModels({
  Folder: { fields: [tenant, scalar('id'), scalar('name'), relation('notes', 'Note')] },
  // A field called `data`, as JSON columns often are.
  Note: { fields: [tenant, scalar('id'), scalar('data', 'Json'), relation('folder', 'Folder')] },
});

function check(model: string, args: Record<string, unknown>): void {
  checkTenantArguments(args, MODELS.get(model) as TenantModel, MODELS, A);
}

describe('checkTenantArguments', () => {
  it.each<[string, string, Record<string, unknown>]>([
    ['data', 'Folder', { data: { tenantId: B } }],
    ['data in capitals', 'Folder', { data: { tenantId: B.toUpperCase() } }],
    ['one of many', 'Folder', { data: [{ tenantId: A }, { tenantId: B }] }],
    ['set', 'Folder', { where: { id: '1' }, data: { tenantId: { set: B } } }],
    ['where', 'Folder', { where: { tenantId: B } }],
    ['a filter', 'Folder', { where: { tenantId: { in: [A, B] } } }],
    ['a combined filter', 'Folder', { where: { AND: [{ NOT: { OR: [{ tenantId: B }] } }] } }],
    ['a composite key', 'Folder', { where: { tenantId_id: { tenantId: B, id: '1' } } }],
    ['a cursor', 'Folder', { cursor: { tenantId_id: { tenantId: B, id: '1' } } }],
    ['the update of an upsert', 'Folder', { where: {}, create: {}, update: { tenantId: B } }],
    ['a nested create', 'Folder', { data: { notes: { create: [{ tenantId: B }] } } }],
    [
      'a nested createMany',
      'Folder',
      { data: { notes: { createMany: { data: [{ tenantId: B }], skipDuplicates: true } } } },
    ],
    [
      'a nested createMany, bare',
      'Folder',
      { data: { notes: { createMany: { data: [{ tenantId: B }] } } } },
    ],
    [
      'a nested connect',
      'Note',
      { data: { folder: { connect: { tenantId_id: { tenantId: B, id: '1' } } } } },
    ],
    [
      'a nested connectOrCreate',
      'Note',
      { data: { folder: { connectOrCreate: { where: { id: '1' }, create: { tenantId: B } } } } },
    ],
    [
      'a nested update',
      'Folder',
      { data: { notes: { update: { where: { id: '1' }, data: { tenantId: B } } } } },
    ],
    [
      'a nested filter',
      'Folder',
      { where: { notes: { some: { folder: { is: { tenantId: B } } } } } },
    ],
    ['deep data', 'Note', { data: { folder: { create: { notes: { create: { tenantId: B } } } } } }],
  ])('refuses another tenant in %s', (_, model, args) => {
    expect(() => check(model, args)).toThrow(
      expect.objectContaining({ code: 'TENANT_CONTEXT_MISMATCH' }),
    );
  });

  it.each<[string, string, Record<string, unknown>]>([
    ['the own tenant', 'Folder', { data: { tenantId: A }, where: { tenantId: { equals: A } } }],
    ['the own tenant in capitals', 'Folder', { data: { tenantId: A.toUpperCase() } }],
    ['no tenant at all', 'Folder', { where: { name: B }, take: 1, data: { name: null } }],
    ['an order', 'Folder', { orderBy: [{ tenantId: 'asc' }], distinct: ['tenantId'] }],
    ['JSON, which is never looked into', 'Note', { data: { data: { tenantId: B } } }],
    ['JSON in nested data', 'Folder', { data: { notes: { create: { data: { tenantId: B } } } } }],
    [
      'JSON in a nested update',
      'Folder',
      { data: { notes: { update: { where: { id: '1' }, data: { data: { tenantId: B } } } } } },
    ],
    ['a filter on JSON', 'Note', { where: { data: { equals: { tenantId: B } } } }],
    ['text that is no tenant id', 'Folder', { where: { tenantId: 'nonsense' } }],
  ])('lets pass %s', (_, model, args) => {
    expect(() => check(model, args)).not.toThrow();
  });
});
