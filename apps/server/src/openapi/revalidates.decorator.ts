import { applyDecorators } from '@nestjs/common';
import { ApiHeader, ApiResponse } from '@nestjs/swagger';

/** Says in the OpenAPI document that a route answers `If-None-Match`; see http/answer.ts. */
export function Revalidates() {
  return applyDecorators(
    ApiHeader({
      name: 'If-None-Match',
      required: false,
      description: 'The ETag that the client holds already.',
      schema: { type: 'string' },
    }),
    ApiResponse({ status: 304, description: 'It is still the version of If-None-Match.' }),
  );
}
