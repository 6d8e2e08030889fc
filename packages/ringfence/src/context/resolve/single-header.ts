/** A header that was sent once, not at all, or more than once. */
export type SingleHeader = string | undefined | typeof REPEATED;

/** The header was sent more than once: which one counts would be anybody's guess. */
export const REPEATED = Symbol('repeated');

/** The headers of a request as they came, names and values in turn: `IncomingMessage` has them. */
export interface RawHeaders {
  readonly rawHeaders: readonly string[];
}

/**
 * Reads a header that must not be repeated off the raw list: Node keeps the first `Authorization` and
 * `Host` and joins others by a comma, so that the parsed headers hide a second one.
 *
 * @param name in lower case
 */
export function singleHeader({ rawHeaders }: RawHeaders, name: string): SingleHeader {
  let found: string | undefined;
  for (let at = 0; at < rawHeaders.length; at += 2) {
    if (rawHeaders[at]?.toLowerCase() !== name) continue;
    if (found !== undefined) return REPEATED;
    found = rawHeaders[at + 1] ?? '';
  }
  return found;
}
