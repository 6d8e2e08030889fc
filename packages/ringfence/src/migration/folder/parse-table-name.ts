import type { TableName } from './phased-migration.js';

const PART = '(?:"(?:[^"]|"")+"|[A-Za-z_][\\w$]*)';
const NAME = new RegExp(`^(?:(${PART})\\.)?(${PART})$`);

/**
 * Reads `documents`, `public.documents` or `"Odd"."Name"` as PostgreSQL does; without a schema it is
 * `public`.
 */
export function parseTableName(text: string): TableName | undefined {
  const [, schema, name] = NAME.exec(text) ?? [];
  if (name === undefined) return undefined;
  return { schema: schema === undefined ? 'public' : folded(schema), name: folded(name) };
}

function folded(part: string): string {
  return part.startsWith('"') ? part.slice(1, -1).replaceAll('""', '"') : part.toLowerCase();
}
