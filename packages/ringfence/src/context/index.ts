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
export { markRowTenant, ROW_TENANT, rowTenantOf } from './row-tenant.js';
export {
  currentTenant,
  maybeTenant,
  type RunInTenantOptions,
  runInTenant,
} from './run-in-tenant.js';
export { type TenantContext, tenantContext } from './tenant-context.js';
export { maybeTenantId, parseTenantId, type TenantId } from './tenant-id.js';
