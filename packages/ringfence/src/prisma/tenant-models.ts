import type { RuntimeModel } from './prisma-internals.js';

/** The column that makes a table a tenant table, whatever the Prisma schema calls its field. */
const TENANT_COLUMN = 'tenant_id';

/** What isolation needs to know of a Prisma model. */
export interface TenantModel {
  readonly name: string;
  /** The field over `tenant_id`; `undefined` for a model that belongs to no tenant. */
  readonly tenantField: string | undefined;
  /** Relation field → name of the related model. */
  readonly relations: ReadonlyMap<string, string>;
  readonly scalars: ReadonlySet<string>;
}

/** All models of a Prisma schema by name. */
export type TenantModels = ReadonlyMap<string, TenantModel>;

/** Reads the {@link TenantModels} off Prisma's own description of the schema. */
export function tenantModels(models: Readonly<Record<string, RuntimeModel>>): TenantModels {
  return new Map(Object.entries(models).map(([name, model]) => [name, tenantModel(name, model)]));
}

function tenantModel(name: string, { fields }: RuntimeModel): TenantModel {
  const relations = fields.filter(({ kind }) => kind === 'object');
  const scalars = fields.filter(({ kind }) => kind !== 'object');
  return {
    name,
    tenantField: scalars.find((field) => (field.dbName ?? field.name) === TENANT_COLUMN)?.name,
    relations: new Map(relations.map((field) => [field.name, field.type])),
    scalars: new Set(scalars.map((field) => field.name)),
  };
}
