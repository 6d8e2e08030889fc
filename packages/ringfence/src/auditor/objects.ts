import { quoteIdentifier, quoteQualified } from '../sql/index.js';
import type { Constraint, Relation, Routine } from './catalog.js';
import type { FoundObject } from './finding.js';

const KINDS = {
  r: 'table',
  p: 'table',
  v: 'view',
  m: 'materialized view',
  f: 'foreign table',
  S: 'sequence',
} as const;

export function relationObject({ kind, schema, name }: Relation): FoundObject {
  return { kind: KINDS[kind], schema, name };
}

export function routineObject({ schema, name, arguments: args }: Routine): FoundObject {
  return { kind: 'function', schema, name, arguments: args };
}

export function roleObject(name: string): FoundObject {
  return { kind: 'role', schema: '', name };
}

export function databaseObject(name = ''): FoundObject {
  return { kind: 'database', schema: '', name };
}

/** A constraint, trigger or rule of a table. */
export function partObject(kind: string, table: Relation, name: string): FoundObject {
  return { kind, schema: table.schema, name, table: table.name };
}

export function constraintObject(table: Relation, { name }: Constraint): FoundObject {
  return partObject('constraint', table, name);
}

export function sqlName({ schema, name }: { schema: string; name: string }): string {
  return quoteQualified(schema, name);
}

/** `schema.function(types)`, as ALTER FUNCTION wants it. */
export function sqlSignature(routine: Routine): string {
  return `${sqlName(routine)}(${routine.arguments})`;
}

export function sqlRole(name: string): string {
  return name === '' ? 'PUBLIC' : quoteIdentifier(name);
}

/** Some of the roles, in one order, for evidence. */
export function who(roles: Iterable<string>): string {
  const sorted = [...new Set(roles)].map((role) => (role === '' ? 'PUBLIC' : role)).sort();
  const more = sorted.length > 4 ? ` and ${sorted.length - 4} more` : '';
  return sorted.slice(0, 4).join(', ') + more;
}

export function sqlColumn(name: string): string {
  return quoteIdentifier(name);
}

/** A name as the server writes it into an expression: quoted only where it has to be. */
export function deparsed({ schema, name }: { schema: string; name: string }): string {
  const part = (text: string): string =>
    /^[a-z_][a-z0-9_]*$/.test(text) ? text : quoteIdentifier(text);
  return `${part(schema)}.${part(name)}`;
}

/** A text for use inside a regular expression. */
export function escaped(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
