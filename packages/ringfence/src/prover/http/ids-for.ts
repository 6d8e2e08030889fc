import { randomInt, randomUUID } from 'node:crypto';
import { type Knowledge, plainName } from './knowledge.js';
import type { Schema } from './openapi-routes.js';

const UUID = /^[0-9a-f]{8}-[0-9a-f-]{27}$/i;
const MOST_UNLIKELY = 10;
const LARGE = 999_999_937;

/** Those of the ids that a parameter of this name and type takes, the likeliest first. */
export function idsFor(
  name: string,
  schema: Schema,
  ids: readonly string[],
  { ids: known }: Knowledge,
): string[] {
  const fitting = ids.filter((id) => fits(id, schema));
  const likely = fitting.filter((id) => known.get(id)?.has(plainName(name)));
  // Where the name says whose id it is, few others are worth a try.
  const others = likely.length > 0 ? fitting.slice(0, MOST_UNLIKELY) : fitting;
  return [...new Set([...likely, ...others])];
}

function fits(id: string, { type, format }: Schema): boolean {
  if (type === 'integer' || type === 'number') return /^\d+$/.test(id);
  return format === 'uuid' ? UUID.test(id) : true;
}

/** An id of the same shape that nobody has. */
export function absentLike(id: string): string {
  if (UUID.test(id)) return randomUUID();
  if (/^\d+$/.test(id)) return String(LARGE);
  return id
    .replace(/[a-z]/g, () => 'abcdefghijkmnpqrstuvwxyz'.charAt(randomInt(24)))
    .replace(/[A-Z]/g, () => 'ABCDEFGHJKLMNPQRSTUVWXYZ'.charAt(randomInt(24)))
    .replace(/\d/g, () => String(randomInt(10)));
}
