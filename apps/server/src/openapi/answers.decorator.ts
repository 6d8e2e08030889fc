import { applyDecorators, HttpCode } from '@nestjs/common';
import { ApiResponse } from '@nestjs/swagger';
import type { z } from 'zod';

const HEADERS = {
  ETag: {
    description: 'The version of the resource; send it back as If-Match or If-None-Match.',
    schema: { type: 'string' as const },
  },
  Location: {
    description: 'The address of the new resource.',
    schema: { type: 'string' as const },
  },
};

/** What {@link Answers} is told about a success. */
export interface Success {
  readonly description: string;
  readonly schema?: z.ZodType;
  readonly headers?: readonly (keyof typeof HEADERS)[];
}

/**
 * Says what a route answers when all is well, to Nest and to the OpenAPI document.
 *
 * @example
 * @Answers(201, { description: 'The new project.', schema: projectSchema, headers: ['ETag', 'Location'] })
 */
export function Answers(status: number, { description, schema, headers = [] }: Success) {
  return applyDecorators(
    HttpCode(status),
    ApiResponse({
      status,
      description,
      ...(schema ? { standardSchema: schema } : {}),
      headers: Object.fromEntries(headers.map((name) => [name, HEADERS[name]])),
    }),
  );
}
