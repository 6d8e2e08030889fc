import type { FieldError } from '../errors/index.js';

/** An issue of a Standard Schema; zod adds the names of fields that it does not know. */
export interface SchemaIssue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
  readonly keys?: unknown;
}

const MAX_ERRORS = 20;
const MAX_KEY = 100;
const MAX_MESSAGE = 200;

/**
 * Writes the issues of a schema as field errors: pointers to the sender's own fields, and messages
 * that do not repeat what was sent.
 *
 * @param base where the value stands: empty for a body, the name for a parameter
 * @see RFC 6901; https://standardschema.dev
 * @example
 * fieldErrors([{ message: 'Invalid UUID' }], 'x', ['id']); // [{ pointer: '/id', message: … }]
 */
export function fieldErrors(
  issues: readonly SchemaIssue[],
  value: unknown,
  base: readonly PropertyKey[],
): FieldError[] {
  return issues
    .slice(0, MAX_ERRORS)
    .flatMap((issue) => {
      const path = (issue.path ?? []).map((part) => (typeof part === 'object' ? part.key : part));
      if (Array.isArray(issue.keys)) {
        return issue.keys.map((key) => ({
          pointer: jsonPointer([...base, ...path, String(key)]),
          message: 'This field is not known here.',
        }));
      }
      const message = repeats(issue.message, valueAt(value, path)) ? 'Not valid.' : issue.message;
      return [{ pointer: jsonPointer([...base, ...path]), message: message.slice(0, MAX_MESSAGE) }];
    })
    .slice(0, MAX_ERRORS);
}

/** Writes a path as an RFC 6901 JSON pointer. */
export function jsonPointer(path: readonly PropertyKey[]): string {
  return path
    .map((key) => String(key).slice(0, MAX_KEY).replaceAll('~', '~0').replaceAll('/', '~1'))
    .map((key) => `/${key}`)
    .join('');
}

/** A schema of the application may put the value into its message; ours never goes along. */
function repeats(message: string, value: unknown): boolean {
  // Of a missing field or a flag there is nothing to give away.
  const text = typeof value === 'string' || typeof value === 'number' ? String(value) : '';
  return text.length > 3 && message.includes(text);
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (parent, key) => (parent as Record<PropertyKey, unknown> | null | undefined)?.[key],
    value,
  );
}
