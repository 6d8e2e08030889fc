export { describeError, type ErrorDescription } from '../telemetry/index.js';
export { AnyMember } from './any-member.decorator.js';
export { API_KEY_PATTERN, API_KEY_PREFIX, type NewApiKey, newApiKey } from './api-key.js';
export { type ApiKeyDirectory, type ApiKeyEntry, ApiKeyVerifier } from './api-key-verifier.js';
export { authenticateRequest, verifiedTokenOf } from './authenticate-request.js';
export { type ClaimedTenant, ClaimedTenants } from './claimed-tenants.js';
export { CurrentActor } from './current-actor.decorator.js';
export { FASTIFY_OPTIONS } from './fastify-options.js';
export { JwtTokenVerifier, type JwtTokenVerifierOptions } from './jwt-token-verifier.js';
export { type DeclaredRoute, listRoutes } from './list-routes.js';
export { MemberCache } from './member-cache.js';
export * from './migration/index.js';
export { NamesOtherTenants } from './names-other-tenants.decorator.js';
export { PinoLogger } from './pino-logger.service.js';
export { PROBLEM_TYPE, type ProblemDocument, problemDocument } from './problem-document.js';
export { Public } from './public.decorator.js';
export { type RefusalCount, RefusalCounts } from './refusal-counts.js';
export { RequirePermission } from './require-permission.decorator.js';
export { type RouteAccess, routeAccess } from './route-access.js';
export { RouteClass } from './route-class.decorator.js';
export type { ShortMemoryOptions } from './short-memory.js';
export { type TenancyAsyncOptions, TenancyModule } from './tenancy.module.js';
export { TenancyChanges } from './tenancy-changes.js';
export {
  type MemberDirectory,
  type MemberEntry,
  TENANCY_OPTIONS,
  type TenancyOptions,
  type TenantDirectory,
  type TenantEntry,
  type TokenVerifier,
  type VerifiedToken,
} from './tenancy-options.js';
export { Tenant } from './tenant.decorator.js';
export { TENANT_CONTEXT } from './tenant-context.provider.js';
export { TenantDirectoryCache } from './tenant-directory-cache.js';
export type { TokenClaims } from './token-claims.js';
export { ValidateRequestPipe } from './validate-request.pipe.js';
export { verifyByPrefix } from './verify-by-prefix.js';
