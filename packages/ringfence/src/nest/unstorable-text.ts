/** A NUL character, or half of a surrogate pair: PostgreSQL stores neither. */
const UNSTORABLE = /[\0\p{Cs}]/u;

/**
 * Finds the first string in a request value (or key of it) that PostgreSQL cannot store, and returns
 * the path to it.
 *
 * @see PostgreSQL manual, section 8.3 (no NUL in text), section 8.14 (Unicode escapes in jsonb)
 */
export function findUnstorableText(value: unknown): readonly string[] | undefined {
  const waiting: { value: unknown; path: readonly string[] }[] = [{ value, path: [] }];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { path } = next;
    if (typeof next.value === 'string' && UNSTORABLE.test(next.value)) return path;
    if (typeof next.value !== 'object' || next.value === null || ArrayBuffer.isView(next.value)) {
      continue;
    }
    for (const [key, part] of Object.entries(next.value)) {
      if (UNSTORABLE.test(key)) return path;
      waiting.push({ value: part, path: [...path, key] });
    }
  }
  return undefined;
}
