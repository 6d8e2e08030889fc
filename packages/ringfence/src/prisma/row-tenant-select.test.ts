import { describe, expect, it } from 'vitest';
import { parseTenantId, rowTenantOf } from '../context/index.js';
import type { ProtocolQuery } from './prisma-internals.js';
import { type EntityShape, markEntities, selectRowTenant, shapeAt } from './row-tenant-select.js';
import { tenantModels } from './tenant-models.js';

const A = parseTenantId('aaaaaaaa-0000-4000-8000-00000000000a');
const B = parseTenantId('bbbbbbbb-0000-4000-8000-00000000000b');
const code = (wanted: string): object => expect.objectContaining({ code: wanted });

const scalar = (name: string, dbName?: string) => ({
  name,
  kind: 'scalar',
  type: 'String',
  ...(dbName && { dbName }),
});
const relation = (name: string, type: string) => ({ name, kind: 'object', type });
const MODELS = tenantModels({
  Folder: { fields: [scalar('tenantId', 'tenant_id'), scalar('name'), relation('notes', 'Note')] },
  // The field may have any name: the column counts.
  Note: { fields: [scalar('owner', 'tenant_id'), scalar('title'), relation('folder', 'Folder')] },
  Country: { fields: [scalar('code'), relation('folders', 'Folder')] },
});

const ALL = { $scalars: true, $composites: true };
const query = (model: string, selection: object, action = 'findMany'): ProtocolQuery => ({
  modelName: model,
  action,
  query: { arguments: {}, selection: selection as Record<string, unknown> },
});
const nested = (selection: object) => ({ arguments: {}, selection });

function select(of: ProtocolQuery): EntityShape | undefined {
  const model = MODELS.get(of.modelName ?? '');
  if (!model) throw new Error('unreachable');
  return selectRowTenant(of, model, MODELS);
}

describe('selectRowTenant', () => {
  it.each([
    ['everything', { ...ALL }, true],
    ['everything but the tenant', { ...ALL, tenantId: false }, false],
    ['some fields', { name: true }, false],
    ['some fields and the tenant', { name: true, tenantId: true }, true],
    ['a count alone', { _count: true }, false],
  ])('reads the tenant with %s', (_, selection, shown) => {
    const of = query('Folder', selection);
    expect(select(of)).toMatchObject({ shown });
    expect(of.query.selection).toMatchObject({ ...selection, tenantId: true });
  });

  it('reads it at every depth, through models without one as well', () => {
    const of = query('Country', {
      ...ALL,
      folders: nested({
        name: true,
        notes: nested({ ...ALL, owner: false, folder: nested({ ...ALL }) }),
      }),
    });
    const shape = select(of);
    expect(of.query.selection).toEqual({
      ...ALL,
      folders: nested({
        name: true,
        tenantId: true,
        notes: nested({ ...ALL, owner: true, folder: nested({ ...ALL, tenantId: true }) }),
      }),
    });
    expect(shape && shapeAt(shape, ['select', 'folders', 'select', 'notes'])).toMatchObject({
      model: { name: 'Note' },
      shown: false,
    });
  });

  it('leaves an empty selection to Prisma, which refuses it', () => {
    const of = query('Folder', { name: false });
    select(of);
    expect(of.query.selection).toEqual({ name: false });
  });

  it.each(['createMany', 'updateMany', 'deleteMany', 'aggregate', 'groupBy'])(
    'has nothing to read for %s',
    (action) => {
      const of = query('Folder', { ...ALL }, action);
      expect(select(of)).toBeUndefined();
      expect(of.query.selection).toEqual(ALL);
    },
  );

  it('refuses an action that it does not know', () => {
    expect(() => select(query('Folder', ALL, 'findAnything'))).toThrow(
      code('PRISMA_VERSION_UNSUPPORTED'),
    );
  });
});

describe('markEntities', () => {
  const shape = () =>
    select(query('Folder', { name: true, notes: nested({ ...ALL }) })) ??
    expect.fail('has a shape');

  it('marks every entity, and hides the tenant where it was not asked for', () => {
    const answer = [{ tenantId: A, name: 'f', notes: [{ owner: A, title: 'n' }] }];
    const [folder] = markEntities(answer, shape(), A) as { notes: object[] }[];
    expect(folder).toMatchObject({ name: 'f', notes: [{ owner: A, title: 'n' }] });
    expect(folder).not.toHaveProperty('tenantId');
    expect([folder, folder?.notes[0]].map((entity) => rowTenantOf(entity ?? {}))).toEqual([A, A]);
    expect(JSON.stringify(folder)).toBe(`{"name":"f","notes":[{"owner":"${A}","title":"n"}]}`);
  });

  it.each([
    ['at the top', { tenantId: B, name: 'f', notes: [] }],
    ['in a relation', { tenantId: A, name: 'f', notes: [{ owner: A }, { owner: B }] }],
    ['and one that does not say', { name: 'f', notes: [] }],
  ])('refuses a row of another tenant %s', (_, answer) => {
    expect(() => markEntities(answer, shape(), A)).toThrow(code('EGRESS_VIOLATION'));
  });

  it('leaves what is not there', () => {
    for (const nothing of [null, undefined])
      expect(markEntities(nothing, shape(), A)).toBe(nothing);
    expect(markEntities({ tenantId: A, notes: null }, shape(), A)).toMatchObject({ notes: null });
  });
});
