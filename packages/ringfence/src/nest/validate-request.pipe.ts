import { type ArgumentMetadata, Injectable, type PipeTransform } from '@nestjs/common';
import { RingfenceError } from '../errors/index.js';
import { fieldErrors, jsonPointer, type SchemaIssue } from './field-errors.js';
import { findUnstorableText } from './unstorable-text.js';

/**
 * Checks what a handler takes from a request against the schema in its decorator, as Nest's
 * `StandardSchemaValidationPipe` does, and says which field was wrong by JSON pointer: `/name` in a
 * body, `/id` and `/limit` for parameters. Text that PostgreSQL cannot store is refused everywhere.
 *
 * @throws RingfenceError `VALIDATION_FAILED`
 * @example
 * create(@Body({ schema: z.object({ name: z.string() }).strict() }) input: NewProject) { … }
 */
@Injectable()
export class ValidateRequestPipe implements PipeTransform {
  async transform(value: unknown, { type, data, schema }: ArgumentMetadata): Promise<unknown> {
    // What a custom decorator gives (the tenant, the reply) did not come from the sender.
    if (type === 'custom') return value;
    const base = data === undefined ? [] : [data];
    const unstorable = findUnstorableText(value);
    if (unstorable) {
      const pointer = jsonPointer([...base, ...unstorable]);
      throw new RingfenceError('VALIDATION_FAILED', {
        errors: [{ pointer, message: 'Holds a character that cannot be stored.' }],
      });
    }
    if (!schema) return value;
    const result = await schema['~standard'].validate(value);
    if (!result.issues) return result.value;
    throw new RingfenceError('VALIDATION_FAILED', {
      errors: fieldErrors(result.issues as readonly SchemaIssue[], value, base),
    });
  }
}
