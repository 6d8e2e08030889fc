import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { ApiHeader } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { wantedVersions } from './etag.js';

const DOCUMENTED = ApiHeader({
  name: 'If-Match',
  required: false,
  description: 'The ETag that the change is meant for; 412 when the resource is another by now.',
  schema: { type: 'string' },
});

/**
 * The versions that the request's `If-Match` header lets through, as {@link WantedVersions}.
 *
 * @example
 * update(@IfMatch() wanted: WantedVersions) {}
 */
export const IfMatch: () => ParameterDecorator = createParamDecorator(
  (_: unknown, context: ExecutionContext) =>
    wantedVersions(context.switchToHttp().getRequest<FastifyRequest>().headers['if-match']),
  [
    (target, key) => {
      const method = key === undefined ? undefined : Reflect.getOwnPropertyDescriptor(target, key);
      if (key !== undefined && method) DOCUMENTED(target, key, method);
    },
  ],
);
