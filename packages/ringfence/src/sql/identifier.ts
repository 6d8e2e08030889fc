import { RingfenceError } from '../errors/index.js';

/** PostgreSQL cuts longer names silently (NAMEDATALEN - 1), so that two long names may collide. */
const MAX_BYTES = 63;

/**
 * Quotes one identifier: the only place where a name becomes SQL text.
 *
 * @throws RingfenceError `IDENTIFIER_INVALID` for an empty name, a NUL character or more than 63 bytes.
 * @see PostgreSQL manual, 4.1.1 "Identifiers and Key Words"
 * @example
 * quoteIdentifier('weird "name"'); // "weird ""name"""
 */
export function quoteIdentifier(name: string): string {
  if (name === '' || name.includes('\0') || Buffer.byteLength(name) > MAX_BYTES) {
    throw new RingfenceError('IDENTIFIER_INVALID');
  }
  return `"${name.replaceAll('"', '""')}"`;
}

/** Quotes `schema.name`. */
export function quoteQualified(schema: string, name: string): string {
  return `${quoteIdentifier(schema)}.${quoteIdentifier(name)}`;
}

/**
 * Quotes a text as a literal, for statements that take no bind parameters (CREATE ROLE, COMMENT).
 * The `E''` form keeps its meaning whatever `standard_conforming_strings` says.
 *
 * @see PostgreSQL manual, 4.1.2.2 "String Constants with C-Style Escapes"
 */
export function quoteLiteral(text: string): string {
  if (text.includes('\0')) throw new RingfenceError('IDENTIFIER_INVALID');
  const escaped = text.replaceAll("'", "''");
  return text.includes('\\') ? `E'${escaped.replaceAll('\\', '\\\\')}'` : `'${escaped}'`;
}
