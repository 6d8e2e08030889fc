/** What a log may hold of an error: which kind, and where. Never what it says. */
export interface ErrorDescription {
  readonly type: string;
  readonly code?: string;
  readonly stack?: readonly string[];
  readonly cause?: ErrorDescription;
}

const NAME = /^[A-Za-z_$][\w$]{0,63}$/;
const CODE = /^[A-Z0-9_]{1,64}$/;
/** A line of a stack: a place with line and column. Anything else may be a piece of the message. */
const PLACE =
  /^\s+at (?:(?:async |new )*[\w$.<>#[\] ]+ \()?(?:file:|node:|\/|[A-Za-z]:\\)[^()]*:\d+:\d+\)?$/;
const MAX_CAUSES = 4;
const MAX_PLACES = 20;

/**
 * Describes an error for a log by class name, code and the places of its stack. Messages, details,
 * hints and all other properties of foreign errors may hold row values, parameters or tokens.
 *
 * @example
 * logger.error({ error: describeError(error) }, 'import failed');
 */
export function describeError(error: unknown, depth = 0): ErrorDescription {
  if (typeof error !== 'object' || error === null) return { type: typeof error };
  try {
    const { code, cause } = error as { code?: unknown; cause?: unknown };
    const type = (error.constructor as { name?: unknown } | undefined)?.name;
    const stack = error instanceof Error ? placesOf(error) : [];
    return {
      type: typeof type === 'string' && NAME.test(type) ? type : 'object',
      ...(typeof code === 'string' && CODE.test(code) ? { code } : {}),
      ...(stack.length > 0 ? { stack } : {}),
      ...(cause !== undefined && depth < MAX_CAUSES
        ? { cause: describeError(cause, depth + 1) }
        : {}),
    };
  } catch {
    // A getter of a strange error threw.
    return { type: 'object' };
  }
}

/** A description that may be written as it is, made of one or of an error; `undefined` for neither. */
export function shownDescription(value: unknown, depth = 0): ErrorDescription | undefined {
  if (typeof value !== 'object' || value === null || depth > MAX_CAUSES) return undefined;
  const { type, code, stack, cause } = value as Record<string, unknown>;
  if (value instanceof Error || typeof type !== 'string') return describeError(value);
  const places = Array.isArray(stack) ? stack.filter((line) => PLACE.test(`    ${line}`)) : [];
  const shownCause = shownDescription(cause, depth + 1);
  return {
    type: NAME.test(type) ? type : 'object',
    ...(typeof code === 'string' && CODE.test(code) ? { code } : {}),
    ...(places.length > 0 ? { stack: places.slice(0, MAX_PLACES) } : {}),
    ...(shownCause ? { cause: shownCause } : {}),
  };
}

/** The places of a stack, without the message that V8 writes above them. */
export function placesOf(error: {
  readonly stack?: unknown;
  readonly message?: unknown;
}): string[] {
  const { stack, message } = error;
  if (typeof stack !== 'string') return [];
  // A message of several lines can look like places; it stands before the first real one.
  const start = typeof message === 'string' ? stack.indexOf(message) + message.length : 0;
  return stack
    .slice(Math.max(0, start))
    .split('\n')
    .filter((line) => PLACE.test(line))
    .slice(0, MAX_PLACES)
    .map((line) => line.trim().slice(0, 300));
}
