import { applyDecorators, SetMetadata, UseInterceptors } from '@nestjs/common';
import { ApiHeader } from '@nestjs/swagger';
import { SessionCookieInterceptor } from './session-cookie.interceptor.js';
import { TAKES_TOKEN } from './takes-token.js';

const HEADER = {
  name: 'Ringfence-Session',
  required: false,
  description:
    'For pages: the refresh token stays in a cookie that no script reads, and out of the body.',
  schema: { type: 'string' as const, enum: ['cookie'] },
};

const TENANT_HEADER = {
  name: 'X-Tenant',
  required: false,
  description: 'In cookie mode, for a page that stands for no tenant: which of several sessions.',
  schema: { type: 'string' as const },
};

/**
 * Offers cookie mode on a route that answers the tokens of a session, or takes a refresh token in its
 * body. Name `CROSS_SITE_REFUSED` and `TENANT_SOURCES_DISAGREE` in its `@Refuses`.
 *
 * @example
 * @SessionCookie({ takesToken: true })
 * @Post('refresh')
 */
export function SessionCookie({ takesToken = false }: { takesToken?: boolean } = {}) {
  return applyDecorators(
    UseInterceptors(SessionCookieInterceptor),
    SetMetadata(TAKES_TOKEN, takesToken),
    ApiHeader(HEADER),
    ...(takesToken ? [ApiHeader(TENANT_HEADER)] : []),
  );
}
