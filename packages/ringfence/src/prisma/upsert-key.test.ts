import { describe, expect, it } from 'vitest';
import { parseTenantId } from '../context/index.js';
import { type TenantModel, tenantModels } from './tenant-models.js';
import { rewriteUpsertKey } from './upsert-key.js';

const A = parseTenantId('aaaaaaaa-0000-4000-8000-00000000000a');
const scalar = (name: string) => ({ name, kind: 'scalar', type: 'String' });
const MODELS = tenantModels({
  User: {
    fields: [
      { ...scalar('tenantId'), dbName: 'tenant_id' },
      scalar('id'),
      scalar('email'),
      scalar('tenantId_note'),
    ],
  },
  Country: { fields: [scalar('id')] },
});

function rewritten(model: string, where: unknown, create: unknown = { email: 'e' }): unknown {
  const args: Record<string, unknown> = { where, create, update: { email: 'u' } };
  rewriteUpsertKey(args, MODELS.get(model) as TenantModel, A);
  expect(args.update).toEqual({ email: 'u' });
  const { update: _same, ...rest } = args;
  return rest;
}

describe('rewriteUpsertKey', () => {
  const create = { tenantId: A, email: 'e' };

  it('makes the key composite and gives the data its tenant', () => {
    expect(rewritten('User', { id: '1' })).toEqual({
      where: { tenantId_id: { tenantId: A, id: '1' } },
      create,
    });
  });

  it('keeps what else the key says', () => {
    expect(rewritten('User', { id: '1', email: 'e', AND: [] })).toEqual({
      where: { tenantId_id: { tenantId: A, id: '1' }, email: 'e', AND: [] },
      create,
    });
  });

  it('adds the tenant as a condition to a unique field that has no composite key', () => {
    for (const AND of [undefined, [], { email: 'e' }, [{ email: 'e' }]]) {
      expect(rewritten('User', { email: 'e', ...(AND && { AND }) })).toEqual({
        where: { email: 'e', AND: [{ tenantId: A }, AND ?? []].flat() },
        create,
      });
    }
  });

  it('completes another composite key of the tenant, and knows it from a field', () => {
    expect(rewritten('User', { tenantId_email: { email: 'e' }, tenantId_note: 'n' })).toEqual({
      where: { tenantId_email: { tenantId: A, email: 'e' }, tenantId_note: 'n' },
      create,
    });
  });

  it('leaves a tenant that is given: the arguments were checked before', () => {
    const where = { tenantId_email: { tenantId: 'given', email: 'e' } };
    expect(rewritten('User', where, { tenantId: 'given' })).toEqual({
      where,
      create: { tenantId: 'given' },
    });
  });

  it('leaves models without a tenant', () => {
    expect(rewritten('Country', { id: '1' })).toEqual({
      where: { id: '1' },
      create: { email: 'e' },
    });
  });
});
