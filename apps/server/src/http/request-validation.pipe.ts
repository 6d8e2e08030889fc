import { type ArgumentMetadata, Injectable, StandardSchemaValidationPipe } from '@nestjs/common';
import { type FieldError, RingfenceError } from 'ringfence/errors';

/** A body of a thousand wrong fields is answered with the first few. */
const MOST_ERRORS = 20;

type Validated = Awaited<ReturnType<StandardSchemaValidationPipe['validate']>>;
type Issue = NonNullable<Validated['issues']>[number];

/**
 * Checks what a route declares with `@Body({ schema })`, `@Param(name, { schema })` and
 * `@Query({ schema })`, and names each fault by a JSON pointer: `/name` for a field of the body or of
 * the query, `/id` for a parameter of the path.
 *
 * @throws RingfenceError `VALIDATION_FAILED`. Its messages describe what was expected and repeat no
 *   value.
 */
@Injectable()
export class RequestValidationPipe extends StandardSchemaValidationPipe {
  override async transform<T>(value: T, metadata: ArgumentMetadata): Promise<T> {
    const { schema } = metadata;
    if (!schema || !this.toValidate(metadata)) return value;
    // NULL-prototype and inherited keys alike: what a schema does not know never reaches a verb.
    this.stripProtoKeys(value);
    const result = await this.validate<T>(value, schema);
    if (!result.issues) return result.value;
    const place = metadata.data === undefined ? [] : [metadata.data];
    throw new RingfenceError('VALIDATION_FAILED', {
      errors: result.issues.flatMap((issue) => fieldErrors(issue, place)).slice(0, MOST_ERRORS),
    });
  }
}

function fieldErrors(issue: Issue, place: readonly string[]): FieldError[] {
  const path = [...place, ...(issue.path ?? []).map(keyOf)];
  // Zod reports unknown fields at their parent, with a list of names.
  const { code, keys } = issue as { code?: string; keys?: readonly string[] };
  if (code === 'unrecognized_keys' && keys) {
    return keys.map((key) => ({
      pointer: toPointer([...path, key.slice(0, 100)]),
      message: 'is not a known field',
    }));
  }
  return [{ pointer: toPointer(path), message: issue.message }];
}

function keyOf(segment: PropertyKey | { readonly key: PropertyKey }): string {
  return String(typeof segment === 'object' ? segment.key : segment);
}

/** RFC 6901, section 3. */
function toPointer(path: readonly string[]): string {
  return path.map((key) => `/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}
