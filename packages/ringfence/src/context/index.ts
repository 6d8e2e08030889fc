export { type Actor, permissionsOf, roleOf } from './actor.js';
export {
  captureFrame,
  currentFrame,
  type Frame,
  fillFrame,
  newFrame,
  type OpenTransaction,
  runInFrame,
  runInTransactionFrame,
} from './frame.js';
export { fromCustomDomain } from './resolve/from-custom-domain.js';
export { fromHeader } from './resolve/from-header.js';
export { fromPath, type PathResolver } from './resolve/from-path.js';
export { fromSubdomain } from './resolve/from-subdomain.js';
export { claimedName, mayBeOneTenant } from './resolve/names-of-one-tenant.js';
export {
  type RawHeaders,
  REPEATED,
  type SingleHeader,
  singleHeader,
} from './resolve/single-header.js';
export { type StandardPlaces, standardResolvers } from './resolve/standard-resolvers.js';
export {
  claimsOf,
  type RequestHead,
  type TenantClaim,
  type TenantResolver,
} from './resolve/tenant-claim.js';
export { markRowTenant, ROW_TENANT, rowTenantOf } from './row-tenant.js';
export {
  currentTenant,
  maybeTenant,
  type RunInTenantOptions,
  runInTenant,
} from './run-in-tenant.js';
export { type TenantContext, tenantContext } from './tenant-context.js';
export { maybeTenantId, parseTenantId, type TenantId } from './tenant-id.js';
export { requireActive, type TenantState } from './tenant-state.js';
