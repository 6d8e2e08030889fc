/** A NUL character, or half of a surrogate pair: PostgreSQL stores neither. */
const UNSTORABLE = /[\0\p{Cs}]/u;

/** Deeper than any field that a client could be pointed to. */
const MAX_PATH = 32;

interface Place {
  readonly value: unknown;
  readonly key: string;
  readonly parent: Place | undefined;
}

/**
 * Finds the first string in a request value (or key of it) that PostgreSQL cannot store, and returns
 * the path to it; to something around it when it lies very deep.
 *
 * @see PostgreSQL manual, section 8.3 (no NUL in text), section 8.14 (Unicode escapes in jsonb)
 */
export function findUnstorableText(value: unknown): readonly string[] | undefined {
  // Places point to their parents: a path per place would make deep nesting a quadratic attack.
  const waiting: Place[] = [{ value, key: '', parent: undefined }];
  for (let place = waiting.pop(); place !== undefined; place = waiting.pop()) {
    const { value: found } = place;
    if (typeof found === 'string' && UNSTORABLE.test(found)) return pathTo(place);
    if (typeof found !== 'object' || found === null || ArrayBuffer.isView(found)) continue;
    for (const [key, part] of Object.entries(found)) {
      if (UNSTORABLE.test(key)) return pathTo(place);
      waiting.push({ value: part, key, parent: place });
    }
  }
  return undefined;
}

function pathTo(place: Place): readonly string[] {
  const path: string[] = [];
  for (let at = place; at.parent !== undefined; at = at.parent) path.push(at.key);
  return path.reverse().slice(0, MAX_PATH);
}
