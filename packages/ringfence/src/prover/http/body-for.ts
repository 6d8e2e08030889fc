import { randomUUID } from 'node:crypto';
import type { Schema } from './openapi-routes.js';

/** Which value to put where an id is wanted; undefined for "make one up". */
export type IdFor = (field: string) => string | undefined;

/** A body that the schema accepts as far as one can tell, with ids where they belong. */
export function bodyFor(schema: Schema, idFor: IdFor, everything = false): unknown {
  return valueFor(schema, '', idFor, everything);
}

/** Fields, at any depth, that refer to something. */
export function idFields(schema: Schema, path = ''): string[] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, part]) => [
    ...(refersTo(name, part) ? [`${path}${name}`] : []),
    ...idFields(part, `${path}${name}.`),
  ]);
}

function valueFor(schema: Schema, name: string, idFor: IdFor, everything: boolean): unknown {
  if (schema.const !== undefined) return schema.const;
  if (schema.enum?.length) return schema.enum[0];
  const type = Array.isArray(schema.type)
    ? schema.type.find((each: string) => each !== 'null')
    : schema.type;
  if (
    type === 'object' ||
    (type === undefined && Object.keys(schema.properties ?? {}).length > 0)
  ) {
    const wanted = Object.entries(schema.properties ?? {}).filter(
      ([member, part]) =>
        everything ||
        schema.required?.includes(member) ||
        (refersTo(member, part) && idFor(member)),
    );
    return Object.fromEntries(
      wanted.map(([member, part]) => [member, valueFor(part, member, idFor, everything)]),
    );
  }
  if (type === 'array') return [];
  if (type === 'integer' || type === 'number') return schema.minimum ?? 1;
  if (type === 'boolean') return true;
  if (refersTo(name, schema)) return idFor(name) ?? randomUUID();
  if (schema.format === 'uuid') return randomUUID();
  if (schema.format === 'email') return `${randomUUID().slice(0, 8)}@example.test`;
  if (schema.format === 'date-time') return '2030-01-01T00:00:00.000Z';
  if (schema.format === 'date') return '2030-01-01';
  if (schema.format === 'uri') return 'https://example.test/';
  return `probe ${randomUUID().slice(0, 8)}`;
}

function refersTo(name: string, { format, type }: Schema): boolean {
  return (
    (format === 'uuid' || type === 'string' || type === 'integer') &&
    /(^id|[a-z_](Id|_id|ID))$/.test(name)
  );
}
