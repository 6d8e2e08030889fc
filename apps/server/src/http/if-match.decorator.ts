import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { wantedVersions } from './etag.js';

/**
 * The versions that the request's `If-Match` header lets through, as {@link WantedVersions}.
 *
 * @example
 * update(@IfMatch() wanted: WantedVersions) {}
 */
export const IfMatch = createParamDecorator((_: unknown, context: ExecutionContext) =>
  wantedVersions(context.switchToHttp().getRequest<FastifyRequest>().headers['if-match']),
);
