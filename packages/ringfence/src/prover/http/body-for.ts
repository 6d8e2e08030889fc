import { randomUUID } from 'node:crypto';
import type { Schema } from './openapi-routes.js';

/** Which value to put where an id is wanted; undefined for "make one up". */
export type IdFor = (field: string, schema: Schema) => string | undefined;

/** A field of a body that takes an id, or several. */
export interface IdField {
  /** Its name alone, without what it stands in. */
  readonly name: string;
  readonly path: string;
  readonly schema: Schema;
}

/** A body that the schema accepts as far as one can tell, with ids where they belong. */
export function bodyFor(schema: Schema, idFor: IdFor, everything = false): unknown {
  return valueFor(schema, '', idFor, everything);
}

/** Fields, at any depth, that refer to something. */
export function idFields(schema: Schema, path = ''): IdField[] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, part]) => {
    const items = isArray(part) ? (part.items ?? {}) : undefined;
    const own = refersTo(name, items ?? part);
    return [
      ...(own ? [{ name, path: `${path}${name}`, schema: items ?? part }] : []),
      ...idFields(items ?? part, `${path}${name}.`),
    ];
  });
}

function valueFor(schema: Schema, name: string, idFor: IdFor, everything: boolean): unknown {
  if (schema.const !== undefined) return schema.const;
  if (schema.enum?.length) return schema.enum[0];
  if (isArray(schema)) return list(schema, name, idFor, everything);
  const type = typeOf(schema);
  if (type === 'object' || (!type && Object.keys(schema.properties ?? {}).length > 0)) {
    const wanted = Object.entries(schema.properties ?? {}).filter(
      ([member, part]) =>
        everything ||
        schema.required?.includes(member) ||
        (refersTo(member, part) && idFor(member, part)),
    );
    return Object.fromEntries(
      wanted.map(([member, part]) => [member, valueFor(part, member, idFor, everything)]),
    );
  }
  if (refersTo(name, schema)) {
    const id = idFor(name, schema) ?? (type === 'integer' ? '1' : randomUUID());
    return type === 'integer' || type === 'number' ? Number(id) : id;
  }
  if (schema.example !== undefined) return schema.example;
  if (type === 'integer' || type === 'number') return schema.minimum ?? 1;
  if (type === 'boolean') return true;
  return text(schema);
}

function list(schema: Schema, name: string, idFor: IdFor, everything: boolean): unknown[] {
  const items = schema.items ?? {};
  if (refersTo(name, items) || schema.minItems || everything) {
    return [valueFor(items, name, idFor, everything)];
  }
  return [];
}

function text({ format }: Schema): string {
  if (format === 'uuid') return randomUUID();
  if (format === 'email') return `${randomUUID().slice(0, 8)}@example.test`;
  if (format === 'date-time') return '2030-01-01T00:00:00.000Z';
  if (format === 'date') return '2030-01-01';
  if (format === 'uri') return 'https://example.test/';
  return `probe ${randomUUID().slice(0, 8)}`;
}

function typeOf({ type }: Schema): string | undefined {
  return typeof type === 'string' ? type : type?.find((each) => each !== 'null');
}

function isArray(schema: Schema): boolean {
  return typeOf(schema) === 'array';
}

/** By its name: a body says in no other way what a value is. */
export function refersTo(name: string, schema: Schema): boolean {
  const type = typeOf(schema);
  return (
    (type === undefined || type === 'string' || type === 'integer' || type === 'number') &&
    /(^ids?$|[a-z_](Ids?|_ids?|IDs?)$)/.test(name)
  );
}
