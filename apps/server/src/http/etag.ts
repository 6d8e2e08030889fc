/** What carries a version; it grows by one with each change. */
export interface Versioned {
  readonly version: number;
}

/** The versions that an `If-Match` header lets through; `any` for `*`, or when there is no header. */
export type WantedVersions = readonly number[] | 'any';

const OWN_TAG = /^"v(\d{1,9})"$/;

/**
 * The strong entity tag of a version.
 *
 * @see RFC 9110, 8.8.3 "ETag"
 */
export function etagOf({ version }: Versioned): string {
  return `"v${version}"`;
}

/**
 * Reads `If-Match`. Tags that are weak, malformed or not ours match nothing, so that they end in 412
 * and never in an unconditional write.
 *
 * @see RFC 9110, 13.1.1 "If-Match"
 */
export function wantedVersions(ifMatch: string | undefined): WantedVersions {
  if (ifMatch === undefined) return 'any';
  const tags = ifMatch.split(',').map((tag) => tag.trim());
  if (tags.includes('*')) return 'any';
  return tags.flatMap((tag) => {
    const version = OWN_TAG.exec(tag)?.[1];
    return version === undefined ? [] : [Number(version)];
  });
}

/** Does `If-None-Match` already name this version? Compares weakly, as RFC 9110, 13.1.2 asks. */
export function isFresh(ifNoneMatch: string | undefined, row: Versioned): boolean {
  if (ifNoneMatch === undefined) return false;
  const tags = ifNoneMatch.split(',').map((tag) => tag.trim().replace(/^W\//, ''));
  return tags.includes('*') || tags.includes(etagOf(row));
}

/** The condition of a write: the row, and its version when the caller named one. */
export function rowWanted(id: string, wanted: WantedVersions) {
  return wanted === 'any' ? { id } : { id, version: { in: [...wanted] } };
}
